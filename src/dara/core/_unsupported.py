"""The documented settings of an app that are not here, each with the nearest thing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final

from dara.core.errors import InvalidDefinition

logger = logging.getLogger('dara')
_LAYOUT: Final = 'set a layout with the frame of your pages: config.router.add_layout(content=...)'
_BUILT: Final = 'the client is built already, and loads no packages of JavaScript'
ATTRIBUTES: Final[dict[str, tuple[tuple[Any, ...], str]]] = {
    'auth_session_backend': ((None,), 'sessions are signed cookies: set DARA_SECRET, and they survive a restart'),
    'context_components': (((), []), f'there are no context components; {_LAYOUT}'),
    'enable_devtools': ((False, None), 'there are no devtools yet'),
    'live_reload': ((False, None), 'start the app with: dara start --reload'),
    'powered_by_causalens': ((False, None), 'there is no such mark'),
    'registry_lookup': (((), {}), 'functions and variables are found in the pages of the app'),
    'routes': (((), [], set()), 'call config.add_endpoint(...)'),
    'scheduled_jobs': (((), []), 'there is no scheduler yet; run a task of your own from config.on_startup(...)'),
    'static_files_dir': ((None,), 'the client is built already; files of your own: config.add_static_folder(...)'),
    'template_extra_js': (('', None), 'scripts of your own cannot be put into pages yet'),
}
"""Unsupported attributes: their accepted neutral values and the advice. Reading one gives the first neutral value."""
HARMLESS: Final = frozenset({'enable_devtools', 'live_reload', 'powered_by_causalens', 'static_files_dir'})
"""The unsupported attributes without which an app works just as well: any value is accepted, and noted in the log."""

METHODS: Final[dict[str, str]] = {
    'add_action': f'{_BUILT}. Write a function with @action; it is used without being added',
    'add_component': f'{_BUILT}. Write a function that returns components; it is used without being added',
    'add_context_component': f'there are no context components; {_LAYOUT}',
    'add_module_dependency': _BUILT,
    'add_package_tags_processor': _BUILT,
    'add_registry_lookup': 'functions and variables are found in the pages of the app; no other place is asked',
    'add_template_renderer': _LAYOUT,
    'add_ws_handler': 'browsers call your code by an @action or an endpoint: config.add_endpoint(...)',
    'scheduler': 'there is no scheduler yet; run a task of your own from config.on_startup(...)',
}
"""Unsupported methods, and the advice."""


def set_neutral(name: str, value: Any) -> None:
    """Accept a neutral value of an unsupported attribute, and any value of a harmless one.

    Raises:
        InvalidDefinition: `value` asks for something that the app would lack.
    """
    neutral, advice = ATTRIBUTES[name]
    if any(type(value) is type(each) and value == each for each in neutral):
        return
    if name not in HARMLESS:
        raise InvalidDefinition(f'config.{name} is not supported: {advice}')
    logger.warning('config.%s has no effect: %s', name, advice)


def unsupported_method(name: str) -> Callable[..., Any]:
    """Return a method that raises `InvalidDefinition` with the advice.

    `add_action` and `add_component` accept the classes of Dara, which are there without being added.
    """

    def method(*arguments: Any, **_: Any) -> Any:
        if name in ('add_action', 'add_component') and _is_ours(*arguments):
            return arguments[0]
        raise InvalidDefinition(f'config.{name}(...) is not supported: {METHODS[name]}')

    return method


def _is_ours(definition: object = None, *_: Any) -> bool:
    return getattr(definition, '__module__', '').startswith('dara.')
