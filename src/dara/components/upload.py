"""Files of users."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Final

from pydantic import Field

from dara.components._styled import StyledComponentInstance, TextProp
from dara.core import _messages as messages
from dara.core._app_code import call_app_code
from dara.core._effects import Action, CallAction
from dara.core._threads import RESERVED, THREADS, Threads
from dara.core._uploads import UploadRules
from dara.core.actions import ActionCtx
from dara.core.component import Reception, as_list, internal_prop
from dara.core.errors import InvalidProp, InvalidValue
from dara.core.server_variable import ServerVariable
from dara.core.variables import AnyVariable, Variable

TABLES: Final = (
    '.csv, .xlsx, text/csv, application/csv, text/x-csv, application/x-csv, text/comma-separated-values, '
    'text/x-comma-separated-values, application/vnd.ms-excel, '
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
)
MAX_SIZE: Final = 100 * 1000**2
MAX_FILES: Final = 10
SEPARATORS: Final = ',;\t|'
SAMPLE_BYTES: Final = 64 * 1024


class UploadDropzone(StyledComponentInstance):
    """A field for files: users drop them, choose them, or paste them.

        def photo(content: bytes, name: str) -> None:
            (FOLDER / f'{uuid4()}.png').write_bytes(content)

        UploadDropzone(accept='image/png', resolver=photo)
        UploadDropzone(target=ServerVariable(scope='user'))

    Files arrive in chunks, and continue where they were after a loss of the connection. For each file, first `resolver`
    is called, and what it returns is written to `target`. Then the actions of `on_drop` run, whose `ctx.input` is an
    `Upload`: with it they read the file, or keep it. Then the file is removed.

    The browser checks the limits, and the server again. Nobody looks into a file: its name and type are claims.

    Args:
        target: a `ServerVariable` or a `Variable` that gets the content.
        resolver: a function of the content and the name of the file, sync or async. Without one, the target gets a
            DataFrame of pandas, from a file of CSV or Excel. To tell the user what is wrong with a file, raise
            `InvalidValue`.
        on_drop: actions that run for each file when it has arrived.
        accept: the media types and suffixes of files that are taken, such as `'image/*, .pdf'`; `'*/*'` for all. CSV
            and Excel if not given.
        enable_paste: take pasted text and files, too. Text becomes a file `pasted.csv`, or `pasted.txt` if no CSV is
            taken.
        max_size: the largest size of a file, in bytes; 100 MB if not given. A resolver takes that much memory.
        max_files: the number of files that a user may upload at one time.
        label: the name of the field.

    Raises:
        InvalidProp: a prop does not take its value, or nothing receives the files.
    """

    reception: Any = internal_prop()
    accept: str = TABLES
    enable_paste: bool = False
    max_size: Annotated[int, Field(ge=1)] = MAX_SIZE
    max_files: Annotated[int, Field(ge=1, le=20)] = MAX_FILES
    label: TextProp | None = None

    def __init__(
        self,
        target: ServerVariable[Any] | Variable[Any] | None = None,
        resolver: Callable[[bytes, str], Any] | None = None,
        on_drop: Any = None,
        accept: str | None = None,
        enable_paste: bool | None = False,
        **props: Any,
    ) -> None:
        super().__init__(accept=TABLES if accept is None else accept, enable_paste=bool(enable_paste), **props)
        then = _actions(on_drop)
        if target is None and resolver is None and not then:
            raise InvalidProp('UploadDropzone: nothing receives the files; give it a resolver, a target or on_drop.')
        _check(target, resolver)
        if target is not None or resolver is not None:
            then = (_resolution(target, resolver or read_table), *then)
        rules = UploadRules('' if self.accept.strip() == '*/*' else self.accept, self.max_size, self.max_files)
        self.reception = Reception(rules, then, target)


def read_table(content: bytes, name: str) -> Any:
    """Return the table in a file of CSV or Excel as a DataFrame of pandas.

    Raises:
        InvalidValue: there is none.
    """
    import io

    import pandas  # type: ignore[import-untyped]

    file = io.BytesIO(content)
    try:
        if name.lower().endswith(('.xlsx', '.xls')):
            return pandas.read_excel(file)
        return pandas.read_csv(file, sep=_separator(content))
    except (ValueError, KeyError, OSError) as error:
        raise InvalidValue(messages.no_table(name)) from error


def _separator(content: bytes) -> str:
    """Return the character that separates the columns, judging by the first line."""
    line = content[:SAMPLE_BYTES].split(b'\n', 1)[0].decode(errors='replace')
    return max(SEPARATORS, key=line.count)


def _actions(on_drop: Any) -> tuple[Action, ...]:
    actions = () if on_drop is None else tuple(as_list(on_drop))
    for action in actions:
        if not isinstance(action, Action):
            raise InvalidProp(f'UploadDropzone: on_drop: takes an action, or a list of them, not {action!r}')
    return actions


def _check(target: Any, resolver: Any) -> None:
    if target is not None and not isinstance(target, (Variable, ServerVariable)):
        raise InvalidProp(f'UploadDropzone: target: takes a ServerVariable or a Variable, not {target!r}')
    if resolver is not None and not callable(resolver):
        raise InvalidProp(f'UploadDropzone: resolver: takes a function of a content and a name, not {resolver!r}')


def _resolution(target: AnyVariable[Any] | None, resolver: Callable[[bytes, str], Any]) -> Action:
    """Return the action that gives a file to the resolver, and the result to the target."""
    threads = Threads('dara-resolver', THREADS, RESERVED)

    async def resolve(ctx: ActionCtx) -> None:
        content = await asyncio.to_thread(ctx.input.read)
        result = await call_app_code(threads, resolver, content, ctx.input.name)
        if isinstance(target, (Variable, ServerVariable)):
            await ctx.update(target, result)

    return CallAction(resolve, (), (), f'The resolver {getattr(resolver, "__name__", resolver)}', takes_ctx=True)
