"""Tests of the costs of importing, installing and loading."""

from __future__ import annotations

import importlib.metadata as metadata
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

import dara
from dara import components
from dara.core._server.assets import BUILT, Assets

IMPORT_SHARE = 1.0
"""Of what the modules of Python and of pydantic take that the core imports, some 70 ms on a quiet machine."""
PACKAGES = {'annotated_types', 'orjson', 'pydantic', 'pydantic_core', 'typing_extensions', 'typing_inspection'}
"""Those that importing the core loads, besides the modules of Python."""
PAGE_BYTES = 200_000
FULLEST_PAGE_BYTES = 342_000
HTML_BYTES = 2_000
"""That of the demo is 1.8 KB."""
PLAIN_PAGE_BYTES = 132_000
CHART_BYTES = 190_000
"""The addition of a chart to a page, nearly all of it the drawing library."""
INSTALLED_BYTES = 60_000_000
DISTRIBUTIONS = 25

TIMED = 'import sys, time; start = time.process_time(); import {}; print((time.process_time() - start) * 1000)'


def import_ms(modules: str, compiled: Path) -> float:
    """Return the processor time of an import in ms; `compiled` is the folder of the bytecode, as in an installation."""
    environment = {name: value for name, value in os.environ.items() if name != 'PYTHONDONTWRITEBYTECODE'}
    command = [sys.executable, '-X', f'pycache_prefix={compiled}', '-c', TIMED.format(modules)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


def test_importing_the_core_is_cheap(tmp_path: Path) -> None:
    """Beyond the modules of others; tried again if the machine was busy with something else."""
    others = modules_of_others()
    assert {name.partition('.')[0] for name in others} - sys.stdlib_module_names <= PACKAGES
    assert any(import_share(others, tmp_path) <= IMPORT_SHARE for _ in range(3))


def modules_of_others() -> list[str]:
    """Return the modules that importing the core loads, without Dara's own."""
    check = (
        'import sys; before = set(sys.modules); import dara.core, dara.core.persistence; '
        'print(*(name for name in sys.modules if name not in before and getattr(sys.modules[name], "__spec__", None)))'
    )
    loaded = subprocess.run([sys.executable, '-c', check], capture_output=True, text=True, check=True).stdout.split()
    return [name for name in loaded if name.replace('.', '').isidentifier() and name.partition('.')[0] != 'dara']


def import_share(others: list[str], compiled: Path) -> float:
    """Return the import time of Dara's own modules, in units of that of the others; a busy machine slows both."""
    floor = ', '.join(others)
    ours = f'{floor}, dara.core, dara.core.persistence'
    import_ms(ours, compiled)  # compiles
    return statistics.median(import_ms(ours, compiled) / import_ms(floor, compiled) for _ in range(9)) - 1


def test_importing_the_core_loads_no_web_server() -> None:
    check = 'import sys, dara.core, dara.core.persistence; sys.exit(bool({"starlette", "uvicorn"} & set(sys.modules)))'
    assert subprocess.run([sys.executable, '-c', check]).returncode == 0


def test_a_component_loads_no_other_kinds_of_components() -> None:
    """A class of components takes time to make; each name is found nevertheless."""
    check = (
        'import sys; from dara.components import Text; assert "dara.components.table" not in sys.modules; '
        'from dara.components import *; assert Table.__module__ == "dara.components.table"; '
        'import dara.components; sys.exit({*dir(dara.components)} != {*dara.components.__all__})'
    )
    assert subprocess.run([sys.executable, '-c', check]).returncode == 0


FORM = 'Button Card Heading Input MultiSelect NumberField Paragraph Select Slider Stack Switch Text Textarea'


def page_bytes(names: set[str]) -> int:
    """Return the compressed bytes that a page with these components loads."""
    needed = Assets().needed(names)
    files = [BUILT / name for name in (*needed.scripts, *needed.styles)]
    sent = [Path(f'{file}.br') if Path(f'{file}.br').exists() else file for file in files]
    return sum(file.stat().st_size for file in sent) + HTML_BYTES


def test_a_page_is_small() -> None:
    """It loads only the code of its own components."""
    assert page_bytes({'Stack', 'Text'}) < PLAIN_PAGE_BYTES
    assert page_bytes(set(FORM.split())) < PAGE_BYTES
    shown = {name for name in components.__all__ if getattr(components, name).__module__.startswith('dara.components')}
    fullest = {*shown - {'Chart'}, *FORM.split(), 'GridColumn', 'GridRow'}
    assert page_bytes(fullest) < FULLEST_PAGE_BYTES
    assert page_bytes({*fullest, 'Chart'}) - page_bytes(fullest) < CHART_BYTES


def test_the_installed_package_is_small() -> None:
    """So are the packages that it depends on."""
    ours = sum(file.stat().st_size for file in Path(dara.__file__).parent.rglob('*') if file.suffix != '.pyc')
    distributions = dependencies('dara-live')
    size = ours + sum(installed_size(name) for name in distributions - {'dara-live'})
    assert size < INSTALLED_BYTES
    assert len(distributions) <= DISTRIBUTIONS


def dependencies(name: str, extras: tuple[str, ...] = ()) -> set[str]:
    """Return the names of a distribution and of all that it needs on this machine."""
    found = {normal(name)}
    for line in metadata.requires(name) or []:
        requirement = Requirement(line)
        wanted = [{'extra': extra} for extra in extras] or [{'extra': ''}]
        if requirement.marker is None or any(requirement.marker.evaluate(each) for each in wanted):
            found |= dependencies(requirement.name, tuple(requirement.extras))
    return found


def installed_size(name: str) -> int:
    files = metadata.files(name) or []
    return sum(Path(str(file.locate())).stat().st_size for file in files if Path(str(file.locate())).is_file())


def normal(name: str) -> str:
    return re.sub(r'[-_.]+', '-', name).lower()
