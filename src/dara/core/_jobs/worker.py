"""The process of jobs: it runs one after another. The server starts it with the number of a socket."""

from __future__ import annotations

import asyncio
import inspect
import os
import pickle
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from dara.core._context import Dependencies, Identity, running_for
from dara.core._jobs.messages import RESULT_BYTES, Channel, Outcome, Progress
from dara.core.errors import JobFailed
from dara.core.progress import UPDATER, ProgressUpdater

PAUSE_SECONDS = 0.05
"""The pause between two messages about progress; the newest is always sent."""


class Sender(threading.Thread):
    """A thread that sends the newest progress of a job, a few times a second."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(daemon=True)
        self._channel = channel
        self._changed = threading.Event()
        self._ended = threading.Event()
        self._newest: Progress | None = None

    def tell(self, progress: Progress) -> None:
        """Send this soon, unless there is a newer one by then."""
        self._newest = progress
        self._changed.set()

    def end(self) -> None:
        """Send what has not been sent, and end."""
        self._ended.set()
        self._changed.set()
        self.join()

    def run(self) -> None:
        """Send until the end."""
        while not self._ended.is_set():
            self._changed.wait()
            self._changed.clear()
            newest, self._newest = self._newest, None
            if newest:
                self._channel.send(newest)
            self._ended.wait(PAUSE_SECONDS)
        if self._newest:
            self._channel.send(self._newest)


def serve(channel: Channel) -> None:
    """Run jobs until the server closes the channel, or ends."""
    requests: SimpleQueue[bytearray] = SimpleQueue()

    def receive() -> None:
        while True:
            try:
                requests.put(channel.receive_bytes())
            except EOFError:
                os._exit(0)  # nobody wants the result of a running job any more

    threading.Thread(target=receive, daemon=True).start()
    while True:
        channel.send_bytes(_sendable(run(requests.get(), channel)))


def run(request: bytes | bytearray, channel: Channel) -> Outcome:
    """Run a job: a function without arguments, for a user."""
    dependencies, sender = Dependencies(), Sender(channel)
    sender.start()

    def tell(percent: float, message: str, seconds: float) -> None:
        reads_user = dependencies.user or dependencies.session
        sender.tell(Progress(min(max(float(percent), 0), 100), str(message), seconds, reads_user))

    try:
        call, identity = _unpickled(request)
        with running_for(identity) as dependencies:
            UPDATER.set(ProgressUpdater(tell))
            result = call()
            if inspect.isawaitable(result):
                result = asyncio.run(_awaited(result))
            return Outcome(_pickled(result), None, dependencies.user, dependencies.session)
    except BaseException as error:  # also SystemExit, which would end the process
        if not isinstance(error, JobFailed):
            error.add_note(f'In the process of the job:\n{traceback.format_exc()}')
        return Outcome(b'', error, dependencies.user, dependencies.session)
    finally:
        sender.end()


def _unpickled(request: bytes | bytearray) -> tuple[Callable[[], Any], Identity | None]:
    call, identity = pickle.loads(request)  # noqa: S301  # from the server
    return call, identity


async def _awaited(result: Any) -> Any:
    return await result


def _pickled(result: Any) -> bytes:
    try:
        pickled = pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        raise JobFailed(
            f'The result of a job, a {type(result).__name__}, cannot be sent from its process: {error}. Return values '
            'that can be pickled.'
        ) from None
    if len(pickled) > RESULT_BYTES:
        raise JobFailed(
            f'The result of a job has {len(pickled) >> 20} MiB; at most {RESULT_BYTES >> 20} MiB are sent from its '
            'process. Write it to a file, and return the path.'
        )
    return pickled


def _sendable(outcome: Outcome) -> bytes:
    """Pickle an outcome; an error that cannot be pickled and made again is replaced by its text."""
    try:
        pickled = pickle.dumps(outcome, pickle.HIGHEST_PROTOCOL)
        if outcome.error:
            pickle.loads(pickled)  # noqa: S301  # just made
        return pickled
    except Exception:
        error = outcome.error
        replaced = RuntimeError(f'{type(error).__name__}: {error}')
        for note in getattr(error, '__notes__', ()):
            replaced.add_note(note)
        return pickle.dumps(Outcome(b'', replaced, outcome.user, outcome.session))


if __name__ == '__main__':
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends this process
    serve(Channel(socket.socket(fileno=int(sys.argv[1]))))
