"""Operations of Python that need the value of a variable, which only the browser has."""

from __future__ import annotations

import sys
import warnings
from typing import Any, NoReturn

from dara.core.errors import InvalidDefinition


class Valueless:
    """An object whose value is in the browser. Operations that need it here raise, and say what to write instead."""

    def __bool__(self) -> bool:
        raise InvalidDefinition(
            f'{self!r} has a value in the browser only, not here. Use If(variable, ...), SwitchVariable.when(...), or '
            'the value that an action, a py_component or a DerivedVariable is given. In conditions, write & for and, '
            '| for or, ~ for not, and parentheses: (a == 1) & (b < 2)'
        )

    def __iter__(self) -> NoReturn:
        raise InvalidDefinition(f'{self!r} has items in the browser only, not here; use For(variable, ...)')

    def __contains__(self, item: object) -> bool:
        raise InvalidDefinition(f'{self!r} has items in the browser only, not here; use a DerivedVariable')

    def __len__(self) -> int:
        raise InvalidDefinition(
            f'{self!r} has a length in the browser only, not here; use DerivedVariable(len, variables=[...])'
        )

    def __getattr__(self, name: str) -> Any:
        advice = '' if name.startswith('_') else f'. A member of its value is variable.get({name!r})'
        raise AttributeError(f'{type(self).__name__} has no attribute {name!r}{advice}')

    def __str__(self) -> str:
        if not str(sys._getframe(1).f_globals.get('__name__')).startswith(('dara.', 'logging')):
            warnings.warn(
                f'{self!r} has a value in the browser only, so its text here is this name. Show the value with '
                "Text(variable), or compute a text: DerivedVariable(lambda value: f'Hello {value}', "
                'variables=[variable])',
                stacklevel=2,
            )
        return repr(self)

    def __format__(self, spec: str) -> str:
        raise InvalidDefinition(
            f'{self!r} has a value in the browser only, so it cannot be a part of a text here. Show it beside '
            "the text, as in Stack(Text('Hello'), Text(variable), direction='horizontal'), or compute the text: "
            "DerivedVariable(lambda value: f'Hello {value}', variables=[variable])"
        )

    def __setitem__(self, key: object, value: object) -> None:
        raise InvalidDefinition(
            f'{self!r} has a value in the browser only, so it cannot be changed here. Use an action, such as '
            f'variable.get({key!r}).update(...), or write() of a variable with a BackendStore'
        )

    def _calculate(self, *_: object) -> NoReturn:
        raise InvalidDefinition(
            f'{self!r} has a value in the browser only, so Python cannot calculate with it here. Compute the result: '
            'DerivedVariable(lambda value: value + 1, variables=[variable])'
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _calculate
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _calculate
    __neg__ = __pos__ = __abs__ = __round__ = __int__ = __float__ = _calculate
