"""Run `dara ARGUMENTS`, and print the peak of the resident memory in bytes as the last line of stderr."""

import sys
import threading

import psutil

from dara.cli import main

process = psutil.Process()
peak = process.memory_info().rss
has_ended = threading.Event()


def watch() -> None:
    global peak
    while not has_ended.wait(0.005):
        peak = max(peak, process.memory_info().rss)


watching = threading.Thread(target=watch)
watching.start()
try:
    main(args=sys.argv[1:], standalone_mode=False)
finally:
    has_ended.set()
    watching.join()
    print(peak, file=sys.stderr)
