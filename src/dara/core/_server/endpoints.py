"""The handlers of the app's own endpoints: arguments from requests, and responses from results."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dara.core import _messages as messages
from dara.core._app_code import call_app_code
from dara.core._context import running_for
from dara.core._json_parts import is_small, joined, json_parts
from dara.core._limits import DEFAULT_LIMITS
from dara.core._loops import enter_server_loop
from dara.core._threads import Threads
from dara.core.http import Endpoint, EndpointConfiguration

logger = logging.getLogger('dara')

_MISSING: Final = object()


class InvalidRequest(Exception):
    """A request does not have the endpoint's arguments."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def routes(
    endpoint: Endpoint, threads: Threads, configurations: Mapping[type[EndpointConfiguration], EndpointConfiguration]
) -> list[Route]:
    """Return the routes of an endpoint, with and without a slash at the end.

    Args:
        threads: run the function if it is sync.
        configurations: the settings that the function may declare.
    """
    settings = {name: configurations[kind] for name, kind in endpoint.configurations.items()}
    handler = _Handler(endpoint, threads, settings)
    return [
        Route(path, handler.answer, methods=[endpoint.method], name=endpoint.name)
        for path in (endpoint.path, f'{endpoint.path}/')
    ]


def is_public(endpoints: Iterable[Endpoint], method: str, path: str) -> bool:
    """Return whether a request needs no login: the first endpoint that answers the request decides.

    Args:
        path: the request's path below the app's root.
    """
    first = next((each for each in endpoints if each.answers(method, path)), None)
    return first is not None and not first.authenticated


class _Handler:
    def __init__(self, endpoint: Endpoint, threads: Threads, settings: Mapping[str, EndpointConfiguration]) -> None:
        self._endpoint = endpoint
        self._threads = threads
        self._settings = settings
        self._parameters = [
            each
            for each in endpoint.signature.parameters.values()
            if each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD) and each.name not in settings
        ]
        self._types = {
            each.name: TypeAdapter[Any](Any if each.annotation is each.empty else each.annotation)
            for each in self._parameters
            if each.name != 'request'
        }

    async def answer(self, request: Request) -> Response:
        """Call the endpoint's function; return its result as a response."""
        if self._endpoint.authenticated and request.scope.get('dara.session') is None:
            return _json({'detail': messages.NOT_AUTHENTICATED}, 401)
        try:
            arguments = await self._arguments(request)
        except InvalidRequest as error:
            return _json({'detail': str(error)}, error.status)
        try:
            return await self._response(await self._run(arguments, request))
        except HTTPException:
            raise
        except Exception:  # from the app's own code
            logger.exception('The endpoint %s %s failed', self._endpoint.method, self._endpoint.path)
            return _json({'detail': messages.ENDPOINT_FAILED}, 500)

    async def _run(self, arguments: dict[str, Any], request: Request) -> Any:
        enter_server_loop()
        with running_for(request.scope.get('dara.identity')):
            return await call_app_code(self._threads, partial(self._endpoint.function, **arguments))

    async def _response(self, result: Any) -> Response:
        if isinstance(result, Response):
            return result
        if isinstance(result, str):
            return PlainTextResponse(result, headers={'Cache-Control': 'no-store'})
        if is_small(result):
            return _json_response(joined(json_parts(result)), 200)
        encoded = await self._threads.run_for(self._endpoint.function, lambda: joined(json_parts(result)))
        return _json_response(encoded, 200)

    async def _arguments(self, request: Request) -> dict[str, Any]:
        arguments: dict[str, Any] = {**self._settings}
        body: Any = _MISSING
        for parameter in self._parameters:
            name = parameter.name
            if name == 'request':
                arguments[name] = request
                continue
            given = request.path_params.get(name, _MISSING)
            if given is _MISSING and not _is_model(parameter):
                given = _of_query(request.query_params, parameter)
            if given is _MISSING and request.method not in ('GET', 'HEAD', 'DELETE'):
                body = await _body(request) if body is _MISSING else body
                given = body if _is_model(parameter) else _of_body(body, name)
            if given is not _MISSING:
                arguments[name] = self._checked(name, given)
            elif parameter.default is parameter.empty:
                raise InvalidRequest(422, messages.argument_missing(name))
        return arguments

    def _checked(self, name: str, given: Any) -> Any:
        try:
            return self._types[name].validate_python(given)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            path = '.'.join(str(step) for step in (name, *first['loc']))
            raise InvalidRequest(422, f'{path}: {first["msg"]}') from None


def _is_model(parameter: inspect.Parameter) -> bool:
    return inspect.isclass(parameter.annotation) and issubclass(parameter.annotation, BaseModel)


def _of_query(query: QueryParams, parameter: inspect.Parameter) -> Any:
    if parameter.name not in query:
        return _MISSING
    takes_list = getattr(parameter.annotation, '__origin__', parameter.annotation) in (list, set, tuple)
    return query.getlist(parameter.name) if takes_list else query[parameter.name]


def _of_body(body: Any, name: str) -> Any:
    return body.get(name, _MISSING) if isinstance(body, Mapping) else _MISSING


async def _body(request: Request) -> Any:
    """Return the JSON in the body; an empty object if there is no body."""
    content = bytearray()
    try:
        async for chunk in request.stream():
            content += chunk
            if len(content) > DEFAULT_LIMITS.frame_bytes:
                raise InvalidRequest(413, messages.body_too_large(DEFAULT_LIMITS.frame_bytes))
    except ClientDisconnect:
        raise InvalidRequest(400, messages.BODY_INCOMPLETE) from None
    try:
        return orjson.loads(content) if content else {}
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(422, messages.body_not_json(error)) from None


def _json(value: Any, status: int) -> Response:
    return _json_response(orjson.dumps(value), status)


def _json_response(encoded: bytes, status: int) -> Response:
    headers = {'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'}
    return Response(encoded, status, headers, 'application/json')
