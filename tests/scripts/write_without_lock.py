"""Write 150 members into a JSON file without a lock; arguments: the file, `renames` or `in place`.

Each write keeps the members that are read from the file. The read waits for the members of all earlier writes: another
writer that exchanges files can hide them for a moment, but may not lose them.
"""

import json
import os
import random
import sys
import time
from pathlib import Path

path, how = Path(sys.argv[1]), sys.argv[2]
dice = random.Random(how)
written: dict[str, int] = {}


def read() -> dict[str, int]:
    give_up_at = time.monotonic() + 10
    while time.monotonic() < give_up_at:
        try:
            values: dict[str, int] = json.loads(path.read_text())
        except ValueError:  # half written
            continue
        if written.items() <= values.items():
            return values
    sys.exit(f'lost: {written.items() - values.items()}')


for n in range(150):
    values = {**read(), f'their {n}': n}
    if how == 'renames':
        new = path.with_name(f'{path.name}~')
        new.write_text(json.dumps(values))
        os.replace(new, path)
    else:
        with path.open('w') as file:
            file.write(json.dumps(values))
    written[f'their {n}'] = n
    time.sleep(dice.random() * 0.03)
