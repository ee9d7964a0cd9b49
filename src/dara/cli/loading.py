"""The app that a command names: its module, and the configuration in it."""

from __future__ import annotations

import importlib
import os
import sysconfig
import traceback
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import dara
from dara.core.configuration import Configuration, ConfigurationBuilder
from dara.core.errors import DaraError, InvalidConfig, InvalidDefinition

CONFIG: Final = 'config'
"""The name of the configuration in a module that is given without one."""


def locate(app: str | None) -> str:
    """Return the `module:name` of the app in the current folder, which is on the import path.

    Args:
        app: a file such as `main.py`, or `module:name`, or `None` for the app that is found.

    Raises:
        InvalidConfig: there is no app, or no such file.
    """
    if app is None:
        return f'{_usual_module()}:{CONFIG}'
    if app.endswith('.py'):
        return f'{_module_of(app)}:{CONFIG}'
    return app


def load_config(config: str) -> Configuration:
    """Import and build the configuration at `config`, which is `module:name`.

    Raises:
        InvalidConfig: the module or the name does not exist, or raised on import.
        InvalidDefinition: the app is defined incorrectly.
    """
    module_name, _, name = config.partition(':')
    if not module_name or not name:
        raise InvalidConfig(f'--config takes module:name, such as main:config, not {config!r}')
    module = _import(module_name)
    builder = getattr(module, name, None)
    if isinstance(builder, Configuration):
        return builder
    if not isinstance(builder, ConfigurationBuilder):
        problem = f'is {builder!r}, not a ConfigurationBuilder' if hasattr(module, name) else 'does not exist'
        raise InvalidConfig(f'{config}: {name!r} {problem}. {_suggestion(module)}')
    try:
        return builder.build()
    except DaraError as error:
        raise InvalidConfig(_located(error, is_ours=True)) from error
    except Exception as error:  # raised by a page function of the app
        raise InvalidConfig(_located(error)) from error


def _usual_module() -> str:
    """Return `main`, or `main` in the package that is named after the current folder."""
    if Path('main.py').is_file():
        return 'main'
    package = Path.cwd().name.replace('-', '_')
    spec = find_spec(package) if package.isidentifier() else None
    folders = (spec and spec.submodule_search_locations) or ()
    if any(Path(folder, 'main.py').is_file() for folder in folders):
        return f'{package}.main'
    raise InvalidConfig(
        f'there is no main.py in {Path.cwd()}, and no package {package!r} that has one; '
        'name the app: dara start FILE.py, or --config module:name'
    )


def _module_of(file: str) -> str:
    if not Path(file).is_file():
        raise InvalidConfig(f'there is no file {file} in {Path.cwd()}')
    parts = Path(os.path.relpath(file)).with_suffix('').parts
    if any('.' in part for part in parts):
        raise InvalidConfig(f'{file} is no module below {Path.cwd()}; change to its folder first')
    return '.'.join(parts)


def _import(module_name: str) -> Any:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f'{error.name}.')):
            raise InvalidConfig(
                f'there is no module {error.name!r} in {os.getcwd()} or among the installed packages; see --config'
            ) from error
        raise InvalidConfig(_located(error)) from error
    except DaraError as error:
        raise InvalidConfig(_located(error, is_ours=True)) from error
    except Exception as error:
        raise InvalidConfig(_located(error)) from error


def _located(error: BaseException, *, is_ours: bool = False) -> str:
    """Return the error's message with the line of the app that caused it.

    Args:
        is_ours: the error is one of Dara's, whose type says no more than its message.
    """
    if isinstance(error, SyntaxError):
        line = (error.text or '').strip()
        return f'{error.filename}, line {error.lineno}: {type(error).__name__}: {error.msg}{line and f": {line}"}'
    message = str(error) if is_ours else f'{type(error).__name__}: {error}'
    place = _place(error)
    return f'{place}: {message}' if place else message


def _place(error: BaseException) -> str | None:
    if isinstance(error, InvalidDefinition) and error.place:
        return error.place
    lines = _lines_of_the_app(error)
    return f'{lines[-1].filename}, line {lines[-1].lineno}' if lines else None


def short_traceback(error: DaraError) -> str:
    """Return why an app cannot be served: the lines of the app, with their source, and the error."""
    cause = _cause_of(error)
    said = [_located(cause, is_ours=True)] if isinstance(cause, DaraError) else traceback.format_exception_only(cause)
    return ''.join([*traceback.format_list(_lines_of_the_app(cause)), *said]).rstrip()


def traceback_of(error: DaraError) -> str | None:
    """Return the lines of the app, with their source, that have led to an error; `None` if its message says them all.

    An error without such lines, other than Dara's own, is in need of all lines.
    """
    cause = _cause_of(error)
    lines = _lines_of_the_app(cause)
    if not lines and not isinstance(cause, (DaraError, SyntaxError)):
        lines = list(traceback.extract_tb(cause.__traceback__))
    return ''.join(['Traceback (most recent call last):\n', *traceback.format_list(lines)]).rstrip() if lines else None


def _cause_of(error: DaraError) -> BaseException:
    return error.__cause__ if isinstance(error, InvalidConfig) and error.__cause__ else error


def _lines_of_the_app(error: BaseException) -> list[traceback.FrameSummary]:
    foreign = (str(Path(dara.__file__).parent), sysconfig.get_path('stdlib'), '<')
    return [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(foreign) and 'site-packages' not in frame.filename
    ]


def _suggestion(module: Any) -> str:
    found = [name for name, value in vars(module).items() if isinstance(value, ConfigurationBuilder)]
    return f'Did you mean {module.__name__}:{found[0]}?' if found else 'Write: config = ConfigurationBuilder()'
