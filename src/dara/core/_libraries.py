"""The JavaScript of Python packages: the app serves it out of the installed package, so their versions always match."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from dara.core.errors import InvalidDefinition

SCRIPTS: Final = {
    'plotly': ('plotly', 'package_data/plotly.min.js'),
    'bokeh': ('bokeh', 'server/static/js/bokeh.min.js'),
    'bokeh-gl': ('bokeh', 'server/static/js/bokeh-gl.min.js'),
    'bokeh-mathjax': ('bokeh', 'server/static/js/bokeh-mathjax.min.js'),
    'bokeh-tables': ('bokeh', 'server/static/js/bokeh-tables.min.js'),
    'bokeh-widgets': ('bokeh', 'server/static/js/bokeh-widgets.min.js'),
}
"""The package and the path in it of each script, by the name under which the app serves it."""
USED_BY: Final = {'Plotly': 'plotly', 'Bokeh': 'bokeh'}
"""The script that each component needs first, by the name of the component."""
LIBRARIES: Final = '/_dara/library'
_DIGITS: Final = 16


def require(package: str, user: str) -> None:
    """Check that a package is installed.

    Args:
        user: the name of what needs it.

    Raises:
        InvalidDefinition: it is not.
    """
    if find_spec(package) is None:
        raise InvalidDefinition(f"{user} needs {package}, which is not installed: pip install 'dara-live[{package}]'")


@cache
def address_of(name: str) -> str:
    """Return the address of a script below the app's root; it changes with the content."""
    digest = hashlib.sha256(file_of(name).read_bytes()).hexdigest()[:_DIGITS]
    return f'{LIBRARIES}/{name}-{digest}.js'


def file_of(name: str) -> Path:
    """Return the file of a script in its package, which has to be installed."""
    package, path = SCRIPTS[name]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f'{package} is not installed')
    return Path(spec.origin).parent / path
