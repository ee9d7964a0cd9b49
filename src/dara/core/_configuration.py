"""The checked declaration of an app, as plain data."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

from dara.core._looks import Looks
from dara.core._pages import NotFound, PageEntry, RenderedLevel, not_found_page
from dara.core._threads import THREADS
from dara.core._tree import Tree
from dara.core.auth import BaseAuthConfig
from dara.core.errors import InvalidDefinition
from dara.core.http import Endpoint, EndpointConfiguration
from dara.core.persistence import PersistenceBackend
from dara.core.variables import AnyVariable, Variable

Theme: TypeAlias = Literal['light', 'dark', 'auto']
Template: TypeAlias = Literal['top', 'side', 'blank']

STATIC: Final = 'static'
MAX_THREADS: Final = 10_000
MAX_PROCESSES: Final = 256
_HOST: Final = r'(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:]+\]'
_ORIGIN: Final = re.compile(rf'https?://({_HOST})(:[0-9]{{1,5}})?/?')
logger = logging.getLogger('dara')


@dataclass(frozen=True, slots=True, eq=False)
class Intercept:
    """A middleware with its options."""

    middleware: Callable[..., Any]
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Configuration:
    """The checked declaration of an app: plain data.

    Attributes:
        name: the unique name of the app in its directory, made of the position of its builder in the code.
        title: the app's title.
        theme: the colour scheme until people choose one, or until `theme_variable` is known.
        theme_variable: the variable that holds the colour scheme of all pages, if the app has one.
        template: the frame of pages without a layout of their own.
        routes: the app's pages in the order of definition.
        levels: the app's rendered pages and layouts, by id.
        default_path: the target of `/`.
        tree: the variables, stores and calls of all levels.
        endpoints: the app's own endpoints; the first that answers a request gets it.
        middleware: the app's own middleware, outermost first.
        static_folders: the folders whose files are served.
        startup: the functions that run before the app is served.
        auth: the login of users.
        embedders: the origins whose pages may show the app in a frame.
        endpoint_configurations: the settings of the endpoints, by class.
        decoders: functions that restore objects of the app's own types from JSON, by type.
        threads: the number of calls of sync functions of the app that run at one time.
        backend: the backend of the stores without one of their own; `None` is memory.
        looks: the brand and the colours.
        not_found: the page that is shown at addresses without one.
        shared_folder: the folder that all servers of the app may write.
        task_processes: the number of jobs that run at one time; `None`: one less than the machine has cores.
    """

    name: str
    title: str
    theme: Theme
    template: Template
    routes: tuple[PageEntry, ...]
    levels: dict[str, RenderedLevel]
    default_path: str
    tree: Tree
    endpoints: tuple[Endpoint, ...]
    middleware: tuple[Intercept, ...]
    static_folders: tuple[str, ...]
    startup: tuple[Callable[..., Any], ...]
    auth: BaseAuthConfig
    embedders: tuple[str, ...] = ()
    theme_variable: AnyVariable[Any] | None = None
    endpoint_configurations: Mapping[type[EndpointConfiguration], EndpointConfiguration] = field(default_factory=dict)
    decoders: Mapping[Any, Callable[[Any], Any]] = field(default_factory=dict)
    threads: int = THREADS
    backend: PersistenceBackend | None = None
    looks: Looks = field(default_factory=Looks)
    not_found: NotFound = field(default_factory=not_found_page)
    shared_folder: Path | None = None
    task_processes: int | None = None


def initial_theme(theme: Theme | AnyVariable[Any]) -> Theme:
    """Return the colour scheme before the value of a variable is known."""
    if not isinstance(theme, AnyVariable):
        return theme
    default = theme.default if isinstance(theme, Variable) and not theme.path else None
    return next((each for each in get_args(Theme) if each == default), 'auto')


def static_folders(added: Sequence[str]) -> tuple[str, ...]:
    """Return the folders that were added, and last the folder `static` of the current directory, if there is one.

    A link of that name is not followed: nobody has asked for the files that it leads to.
    """
    own = Path(STATIC).absolute()
    if own.is_symlink():
        logger.warning('%s is a link and not served; to serve it: config.add_static_folder(%r)', own, STATIC)
    elif own.is_dir():
        return tuple(dict.fromkeys([*added, os.path.realpath(own)]))
    return tuple(added)


def checked_origins(origins: Sequence[object]) -> list[str]:
    """Return the origins of pages without a slash at the end.

    Raises:
        InvalidDefinition: there is none, or an invalid one.
    """
    if not origins:
        raise InvalidDefinition("allow_embedding takes the origins of pages, such as 'https://intranet.example'")
    for origin in origins:
        if not isinstance(origin, str) or not _ORIGIN.fullmatch(origin):
            raise InvalidDefinition(
                f"allow_embedding takes origins such as 'https://intranet.example', without a path, not {origin!r}"
            )
    return [str(each).rstrip('/') for each in origins]


def checked_threads(number: object) -> int:
    """Return the number of threads.

    Raises:
        InvalidDefinition: it is not a whole number from 1 to 10,000.
    """
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MAX_THREADS:
        raise InvalidDefinition(f'config.threads is a whole number from 1 to {MAX_THREADS}, not {number!r}')
    return number


def checked_processes(number: object) -> int | None:
    """Return the number of processes for jobs.

    Raises:
        InvalidDefinition: it is neither None nor a whole number from 1 to 256.
    """
    is_number = isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= MAX_PROCESSES
    if number is not None and not is_number:
        raise InvalidDefinition(f'config.task_processes is a whole number from 1 to {MAX_PROCESSES}, not {number!r}')
    return number  # type: ignore[return-value]  # checked above


def checked_backend(backend: object) -> PersistenceBackend | None:
    """Return the backend.

    Raises:
        InvalidDefinition: it is none.
    """
    if backend is not None and not isinstance(backend, PersistenceBackend):
        named = f'the class {backend.__qualname__}' if isinstance(backend, type) else f'a {type(backend).__name__}'
        raise InvalidDefinition(f"config.backend is a backend such as FileBackend(path='values.json'), not {named}")
    return backend


def checked_folder(folder: object) -> Path | None:
    """Return a folder as an absolute path.

    Raises:
        InvalidDefinition: it is no path.
    """
    if folder is None:
        return None
    if not isinstance(folder, str | os.PathLike) or not os.fspath(folder):
        raise InvalidDefinition(f"config.shared_folder is the path of a folder, such as '/mnt/app', not {folder!r}")
    return Path(os.fsdecode(folder)).expanduser().absolute()


def checked_template(name: object) -> Template:
    """Return the template of that name.

    Raises:
        InvalidDefinition: there is none.
    """
    match name:
        case 'side' | 'default':
            return 'side'
        case 'top' | 'top-menu':
            return 'top'
        case 'blank':
            return 'blank'
        case _:
            raise InvalidDefinition(f"config.template is 'top', 'side' or 'blank', not {name!r}")
