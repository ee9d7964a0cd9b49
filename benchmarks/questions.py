"""Questions: the calls of functions as the page of each system sends them, for raw callers (see callers.py).

The outputs of the app `functions` are the same in all systems: `double`, `clicks`, `slow`; `async` and `component` in
Dara and in the original. A caller connects as one tab, and waits until its page is ready.
"""

from __future__ import annotations

import html
import json
import re
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks import dialects
from benchmarks.callers import Caller, HttpCaller, SocketCaller, WrongAnswer
from benchmarks.wire import Connection

ANSWERS: Final[dict[str, Callable[[int], str]]] = {
    'double': lambda number: f'double: {2 * number}',
    'async': lambda number: f'async: {2 * number}',
    'component': lambda number: f'component: {2 * number}',
    'slow': lambda number: f'slow: {number}',
    'clicks': lambda _: 'clicks: ',
}
"""The text that each output shows for a number."""

_DASH_INPUTS: Final = {
    'double': ('number', 'value'),
    'clicks': ('click', 'n_clicks'),
    'slow': ('slow-number', 'value'),
}


@dataclass(frozen=True, slots=True)
class _Upgrade:
    """A websocket's path and headers."""

    path: str
    headers: str = ''
    edit_mark: bytes = b''
    confirms: bool = False

    def greet(self, connection: Connection) -> dialects.FloorTab:
        return dialects.FloorTab(connection)


def caller(system: str, port: int, output: str) -> Caller:
    """Connect to a server of that system, as a tab whose calls change that output."""
    known = {'nicegui': _nicegui, 'dash': _dash, 'streamlit': _streamlit, 'dara-core': _original}
    return known.get(system, _dara)(port, output)


def page(port: int, path: str = '/') -> Caller:
    """Return a caller that loads a page, compressed."""
    return HttpCaller(port, lambda _: ('GET', path, ''), lambda _: b'', 'Accept-Encoding: gzip\r\n')


def _dara(port: int, output: str) -> Caller:
    text = dialects.page_of(port)
    name = {'component': r'"render":{"target":"([^"]+)"', 'clicks': r'"kind":"call","target":"([^"]+)"'}.get(output)
    found = re.search(name, text) if name else None
    target = found[1] if found else output
    dialect = dialects.Dara('', json.loads(text)['build'], subscribes=False)
    connection = Connection(port, dialect)
    dialect.greet(connection)
    slot = '"slot":"0",' if output == 'component' else ''

    def ask(number: int) -> str:
        inputs = f'{{"value":null}},{{"value":"clicks: {number}"}}' if output == 'clicks' else f'{{"value":{number}}}'
        return f'{{"type":"call","id":{number},"target":"{target}",{slot}"inputs":[{inputs}]}}'

    def is_answer(frame: bytes, number: int) -> bool:
        if b'"type":"error"' in frame:
            raise WrongAnswer(frame)
        shows = output == 'clicks' or ANSWERS[output](number).encode() in frame
        return shows and f'"type":"result","id":{number},'.encode() in frame

    return SocketCaller(connection, ask, is_answer)


def _nicegui(port: int, output: str) -> Caller:
    text = dialects.request(port, 'GET', '/')[0]
    elements = json.loads(html.unescape(text.partition('parseElements(String.raw`')[2].partition('`)')[0]))
    tag, nth = {'double': ('q-slider', 0), 'clicks': ('q-btn', 0), 'slow': ('q-slider', 1)}[output]
    element_id, element = [each for each in elements.items() if each[1]['tag'] == tag][nth]
    client = re.findall(r"'client_id': '([^']+)'", text)[0]
    names = f'document_id={secrets.token_hex(8)}&tab_id={secrets.token_hex(8)}&next_message_id=0'
    query = f'implicit_handshake=true&client_id={client}&{names}&EIO=4&transport=websocket'
    connection = Connection(port, _Upgrade(f'/_nicegui_ws/socket.io/?{query}'))
    connection.read_frame()  # engine.io is open
    connection.send('40')
    while not connection.read_frame().startswith(b'40'):
        pass
    event = {'id': int(element_id), 'client_id': client, 'listener_id': element['events'][0]['listener_id']}

    def ask(number: int) -> str:
        arguments = [] if output == 'clicks' else [str(number)]
        return f'42{json.dumps(["event", {**event, "args": arguments}])}'

    def is_answer(frame: bytes, number: int) -> bool:
        return frame.startswith(b'42["update"') and ANSWERS[output](number).encode() in frame

    return SocketCaller(connection, ask, is_answer, lambda frame: '3' if frame == b'2' else None)


def _dash(port: int, output: str) -> Caller:
    name, member = _DASH_INPUTS[output]

    def ask(number: int) -> tuple[str, str, str]:
        body = {
            'output': f'{output}.children',
            'outputs': {'id': output, 'property': 'children'},
            'inputs': [{'id': name, 'property': member, 'value': number}],
            'changedPropIds': [f'{name}.{member}'],
            'parsedChangedPropsIds': [f'{name}.{member}'],
        }
        return 'POST', '/_dash-update-component', json.dumps(body)

    return HttpCaller(port, ask, lambda number: ANSWERS[output](number).encode(), '')


def _streamlit(port: int, output: str) -> Caller:
    connection = Connection(port, _Upgrade('/_stcore/stream', 'Sec-WebSocket-Protocol: streamlit\r\n'))
    connection.send(_rerun(b''))
    seen = b''
    while not _is_end(frame := connection.read_frame()):
        seen += frame
    widgets = list(dict.fromkeys(re.findall(rb'\$\$ID-[0-9a-f]+-None', seen)))
    widget = widgets[{'double': 0, 'clicks': 2, 'slow': 3}[output]]
    shown = False

    def ask(number: int) -> bytes:
        value = _field(2, 1) if output == 'clicks' else _field(7, _field(1, struct.pack('<d', number)))
        return _rerun(_field(2, _field(1, _field(1, widget) + value)))

    def is_answer(frame: bytes, number: int) -> bool:
        nonlocal shown
        shown = shown or ANSWERS[output](number).encode() in frame
        if not (shown and _is_end(frame)):
            return False
        shown = False
        return True

    return SocketCaller(connection, ask, is_answer)


def _is_end(frame: bytes) -> bool:
    """Return whether a `ForwardMsg` of Streamlit is `script_finished`, with success."""
    return len(frame) < 200 and frame.endswith(b'\x30\x00')


def _rerun(client_state: bytes) -> bytes:
    """Return a `BackMsg` of Streamlit that runs the script again."""
    return _field(11, client_state)


def _field(number: int, value: bytes | int) -> bytes:
    """Return a field of a protobuf message: bytes, or a small integer."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    size = len(value)
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return bytes([number << 3 | 2]) + length + value


def _original(port: int, output: str) -> Caller:
    def ask(number: int) -> tuple[str, str, str]:
        body = {'values': {'data': [number], 'lookup': {}}, 'force_key': None, 'ws_channel': 'none'}
        return 'POST', f'/api/core/derived-variable/{output}', json.dumps(body)

    headers = dialects.original(port).headers
    return HttpCaller(port, ask, lambda number: ANSWERS[output](number).encode(), headers)
