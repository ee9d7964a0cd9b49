"""Tests of the custom backend of the documentation, in a real server."""

from __future__ import annotations

from tests.conftest import Serve
from tests.tab import connected, remove, splice, value


async def test_the_documented_custom_backend_runs_as_printed(serve: Serve) -> None:
    """A sync `subscribe`, a callback with one argument, an action without ctx, `dara.core.variables`."""
    server = serve('custom_backend')
    target = server.buttons()['Update data']
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        for tab in (ann, ben):
            assert (await tab.subscribe('app.variable'))['value'] == 'from the database'
        await ann.send(type='call', id=1, target=target, inputs=[value(None)])
        for tab in (ann, ben):
            change = await tab.receive('change')
            assert change['edits'] == [[0, 0, [splice(17, 0, '!')]]]
        await ann.edit(await ann.subscribe('app.variable'), remove())
        assert (await ann.receive())['code'] == 'readonly'
