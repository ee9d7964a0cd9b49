"""Endpoints: functions of the app that respond to HTTP requests.

@get('items/{id}')
async def item(id: int) -> dict: ...

config.add_endpoint(item)          # GET /api/items/42
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict

from dara.core.errors import InvalidDefinition

Method: TypeAlias = Literal['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

PREFIX: Final = '/api'


class EndpointConfiguration(BaseModel):
    """Settings of endpoints. Subclass it with typed fields.

    A parameter of an endpoint that is annotated with the subclass gets the object given to `config.add_configuration`,
    or else that of `default`.
    """

    model_config = ConfigDict(defer_build=True)

    @classmethod
    def default(cls) -> Self:
        """Return the settings of an app that gives none. Optional."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A function with the method and address of its requests. Calling the endpoint calls the function.

    Attributes:
        path: the address below the app's root, with parameters as `{name}`.
        authenticated: whether a request needs a login.
        signature: the function's signature with evaluated annotations.
    """

    method: Method
    path: str
    function: Callable[..., Any]
    authenticated: bool
    signature: inspect.Signature
    _pattern: re.Pattern[str] = field(repr=False)

    def answers(self, method: str, path: str) -> bool:
        """Return whether the endpoint handles a request; `path` is below the app's root."""
        handled = 'GET' if method == 'HEAD' else method
        return handled == self.method and self._pattern.fullmatch(path.removesuffix('\n')) is not None

    @property
    def parameters(self) -> frozenset[str]:
        """The names of the address's parameters."""
        return frozenset(self._pattern.groupindex)

    @property
    def configurations(self) -> dict[str, type[EndpointConfiguration]]:
        """The classes of the settings that the function gets, by parameter."""
        annotations = {each.name: each.annotation for each in self.signature.parameters.values()}
        return {
            name: annotation
            for name, annotation in annotations.items()
            if inspect.isclass(annotation) and issubclass(annotation, EndpointConfiguration)
        }

    @property
    def name(self) -> str:
        return getattr(self.function, '__qualname__', repr(self.function))

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self.function(*arguments, **keywords)


Decorator: TypeAlias = Callable[[Callable[..., Any]], Endpoint]


def configurations_of(
    endpoints: Iterable[Endpoint], given: Mapping[type[EndpointConfiguration], EndpointConfiguration]
) -> dict[type[EndpointConfiguration], EndpointConfiguration]:
    """Return the settings that the endpoints declare: the given ones, or their defaults.

    Raises:
        InvalidDefinition: an endpoint needs settings that are neither given nor have a default.
    """
    found = dict(given)
    for endpoint in endpoints:
        for kind in set(endpoint.configurations.values()) - found.keys():
            try:
                found[kind] = kind.default()
            except NotImplementedError:
                raise InvalidDefinition(
                    f'{endpoint.name}() needs {kind.__name__}; call config.add_configuration({kind.__name__}(...))'
                ) from None
    return found


def get(url: str, dependencies: Sequence[Any] | None = None, authenticated: bool = True) -> Decorator:
    """Make a function respond to GET requests at `/api/{url}`; add it with `config.add_endpoint`.

    The function may be async, or sync: then it runs in a thread. Its arguments are, by name: `request`, the parameters
    of the address (`'items/{id}'`), those of the query, and the members of a JSON body. A parameter with a pydantic
    model as its annotation gets the whole body, and one with a class derived from `EndpointConfiguration` the app's
    settings. A request with an invalid argument is answered with 422 and the reason.
    The result is sent as JSON, a string as text, and a Starlette response as it is.

    Args:
        url: the address below `/api/`. Requests may have a slash at its end.
        dependencies: nothing or an empty list: there is no dependency injection.
        authenticated: whether a request needs a login.

    Raises:
        InvalidDefinition: an argument is invalid, or the function has parameters of another web framework.
    """
    return _decorator('GET', url, dependencies, authenticated)


def post(url: str, dependencies: Sequence[Any] | None = None, authenticated: bool = True) -> Decorator:
    """Make a function respond to POST requests; see `get`."""
    return _decorator('POST', url, dependencies, authenticated)


def put(url: str, dependencies: Sequence[Any] | None = None, authenticated: bool = True) -> Decorator:
    """Make a function respond to PUT requests; see `get`."""
    return _decorator('PUT', url, dependencies, authenticated)


def patch(url: str, dependencies: Sequence[Any] | None = None, authenticated: bool = True) -> Decorator:
    """Make a function respond to PATCH requests; see `get`."""
    return _decorator('PATCH', url, dependencies, authenticated)


def delete(url: str, dependencies: Sequence[Any] | None = None, authenticated: bool = True) -> Decorator:
    """Make a function respond to DELETE requests; see `get`."""
    return _decorator('DELETE', url, dependencies, authenticated)


def _decorator(method: Method, url: str, dependencies: Sequence[Any] | None, authenticated: bool) -> Decorator:
    if not isinstance(url, str):
        raise InvalidDefinition(f'@{method.lower()} takes the address of the endpoint, such as "items", not {url!r}')
    if dependencies not in (None, [], ()):
        raise InvalidDefinition(
            f'@{method.lower()}: dependencies={dependencies!r} cannot be injected; call the function in the endpoint, '
            'or call config.add_middleware(...)'
        )
    path = f'{PREFIX}/{url.strip("/")}'
    pattern = _pattern(path)

    def decorate(function: Callable[..., Any]) -> Endpoint:
        if not callable(function):
            raise InvalidDefinition(f'@{method.lower()} goes above a function, not {function!r}')
        endpoint = Endpoint(method, path, function, authenticated, _signature(function), pattern)
        _check_injects_nothing(endpoint)
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
    return re.compile(f'{"".join(words)}/?')


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function, eval_str=True)
    except NameError as error:
        raise InvalidDefinition(f'An annotation of {function!r} has an undefined name: {error}') from error


def _check_injects_nothing(endpoint: Endpoint) -> None:
    for each in endpoint.signature.parameters.values():
        parts = (each.default, *getattr(each.annotation, '__metadata__', ()))
        wrong = next((part for part in parts if type(part).__module__.startswith('fastapi.')), None)
        if wrong is not None:
            raise InvalidDefinition(
                f'{endpoint.name}(): {each.name}={wrong!r} cannot be injected; call the function in the endpoint. '
                'Parameters of the address, of the query and of the body are found by their names'
            )


def _takes_anything(signature: inspect.Signature) -> bool:
    return any(each.kind is each.VAR_KEYWORD or each.name == 'request' for each in signature.parameters.values())


__all__ = ['EndpointConfiguration', 'delete', 'get', 'patch', 'post', 'put']
