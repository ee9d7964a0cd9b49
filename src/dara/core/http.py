"""Endpoints: functions of the app that answer HTTP requests.

@get('items/{id}')
async def item(id: int) -> dict: ...

config.add_endpoint(item)          # GET /api/items/42
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from dara.core.errors import InvalidDefinition

Method: TypeAlias = Literal['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

PREFIX: Final = '/api'


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A function and the address that it answers at; calling it calls the function.

    Attributes:
        path: its address below the app's root, with `{name}` where a parameter goes.
        authenticated: whether only users who are logged in may ask it.
        signature: the function's parameters, their annotations evaluated.
    """

    method: Method
    path: str
    function: Callable[..., Any]
    authenticated: bool
    signature: inspect.Signature
    _pattern: re.Pattern[str] = field(repr=False)

    def answers(self, method: str, path: str) -> bool:
        """Whether a request of that method for that path, below the app's root, is for this endpoint."""
        asked = 'GET' if method == 'HEAD' else method
        return asked == self.method and self._pattern.fullmatch(path.removesuffix('\n')) is not None

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the parameters of its address."""
        return frozenset(self._pattern.groupindex)

    @property
    def name(self) -> str:
        return getattr(self.function, '__qualname__', repr(self.function))

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self.function(*arguments, **keywords)


Decorator: TypeAlias = Callable[[Callable[..., Any]], Endpoint]


def get(url: str, authenticated: bool = True) -> Decorator:
    """Make a function one that answers GET requests at `/api/{url}`; add it with `config.add_endpoint`.

    The function may be sync (and then runs in a thread) or async. It gets, by name: `request`, the parameters of the
    address (`'items/{id}'`), those of the query, and the members of a JSON body; a parameter that is a pydantic model
    gets the whole body. What does not fit its annotation is answered with 422 and the reason. What it returns
    is sent as JSON, a string as text, and a response of Starlette's as it is.

    Args:
        url: its address below `/api/`.
        authenticated: whether only users who are logged in may ask it.
    """
    return _decorator('GET', url, authenticated)


def post(url: str, authenticated: bool = True) -> Decorator:
    """Make a function one that answers POST requests; see `get`."""
    return _decorator('POST', url, authenticated)


def put(url: str, authenticated: bool = True) -> Decorator:
    """Make a function one that answers PUT requests; see `get`."""
    return _decorator('PUT', url, authenticated)


def patch(url: str, authenticated: bool = True) -> Decorator:
    """Make a function one that answers PATCH requests; see `get`."""
    return _decorator('PATCH', url, authenticated)


def delete(url: str, authenticated: bool = True) -> Decorator:
    """Make a function one that answers DELETE requests; see `get`."""
    return _decorator('DELETE', url, authenticated)


def _decorator(method: Method, url: str, authenticated: bool) -> Decorator:
    if not isinstance(url, str):
        raise InvalidDefinition(f'@{method.lower()} takes the address of the endpoint, such as "items", not {url!r}')
    path = f'{PREFIX}/{url.strip("/")}'
    pattern = _pattern(path)

    def decorate(function: Callable[..., Any]) -> Endpoint:
        if not callable(function):
            raise InvalidDefinition(f'@{method.lower()} goes above a function, not {function!r}')
        endpoint = Endpoint(method, path, function, authenticated, _signature(function), pattern)
        unknown = endpoint.parameters - set(endpoint.signature.parameters)
        if unknown and not _takes_anything(endpoint.signature):
            raise InvalidDefinition(f'{endpoint.name}() does not take {min(unknown)!r}, a parameter of {path}')
        return endpoint

    return decorate


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r'\{(\w+)\}', path)
    names = parts[1::2]
    if len(set(names)) < len(names) or any(char in ''.join(parts[::2]) for char in '{}?#'):
        raise InvalidDefinition(f'The address of an endpoint is like "items/{{id}}", not {path!r}')
    words = (f'(?P<{part}>[^/]+)' if index % 2 else re.escape(part) for index, part in enumerate(parts))
    return re.compile(''.join(words))


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function, eval_str=True)
    except NameError as error:
        raise InvalidDefinition(f'An annotation of {function!r} names what there is not: {error}') from error


def _takes_anything(signature: inspect.Signature) -> bool:
    return any(each.kind is each.VAR_KEYWORD or each.name == 'request' for each in signature.parameters.values())


__all__ = ['delete', 'get', 'patch', 'post', 'put']
