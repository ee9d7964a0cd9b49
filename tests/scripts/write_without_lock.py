"""Write 150 members into a JSON file without a lock; arguments: the file, `renames` or `in place`."""

import json
import os
import random
import sys
import time
from pathlib import Path

path, how = Path(sys.argv[1]), sys.argv[2]
dice = random.Random(how)


def read() -> dict[str, int]:
    while True:
        try:
            values: dict[str, int] = json.loads(path.read_text())
        except ValueError:  # half written
            continue
        return values


for n in range(150):
    values = {**read(), f'their {n}': n}
    if how == 'renames':
        new = path.with_name(f'{path.name}~')
        new.write_text(json.dumps(values))
        os.replace(new, path)
    else:
        with path.open('w') as file:
            file.write(json.dumps(values))
    time.sleep(dice.random() * 0.03)
