"""The documented example of a custom backend, in a real server."""

from __future__ import annotations

from tests.conftest import Serve
from tests.tab import connected, remove, splice

SUPPLIED = """
    import asyncio
    from collections.abc import Callable
    from typing import Any

    class MyDatabase:
        def __init__(self):
            self.data, self.callbacks = 'from the database', {}
        def query(self, sql):
            return self.data
        def subscribe(self, topic, callback):
            self.callbacks[topic] = callback
        async def update(self, sql):
            self.data += '!'
        async def notify(self, topic):
            self.callbacks[topic](self.data)

    def display_data(variable):
        from dara.components import Text
        return Text(variable)
"""

AS_PRINTED = """
    from dara.core import action
    from dara.core.persistence import BackendStore, PersistenceBackend
    from dara.core.variables import Variable

    from dara.components import Button, Stack

    DB: MyDatabase = MyDatabase()

    class MyBackend(PersistenceBackend):
        def read(self, key: str) -> Any:
            # Read from the DB
            return DB.query("SELECT ...")

        def write(self, key: str, value: Any) -> None:
            raise NotImplementedError("Writing to the backend is not supported")

        def subscribe(self, callback: Callable[[Any], None]) -> None:
            # assume there is a way to subscribe to changes in the DB
            DB.subscribe("data_updated", callback)

        # ... other methods omitted for brevity
        def has(self, key): return True
        def delete(self, key): raise NotImplementedError
        def get_all(self): return {'global': DB.data}

    store = BackendStore(MyBackend(), readonly=True)
    variable = Variable(store=store)

    @action
    async def update_data():
        # Update the data directly in the backend
        await DB.update("UPDATE ...")
        # Assuming this triggers a notification back from the DB into MyBackend,
        # this will send a notification to the open clients
        await DB.notify("data_updated")

    page = Stack(
        # displays the data from the backend
        display_data(variable),
        Button("Update data", onclick=update_data())
    )
"""

SERVED = """
    from dara.core import ConfigurationBuilder
    config = ConfigurationBuilder()
    config.add_page('Data', content=page)
"""


async def test_the_documented_custom_backend_runs_as_printed(serve: Serve) -> None:
    """W24: a sync `subscribe`, a callback with one argument, an action without ctx, `dara.core.variables`."""
    server = serve(SUPPLIED + AS_PRINTED + SERVED)
    target = server.content()[0]['slots']['children'][1]['actions']['onclick'][0]['target']
    async with connected(server.socket_url) as ann, connected(server.socket_url) as ben:
        for tab in (ann, ben):
            assert (await tab.subscribe('app.variable'))['value'] == 'from the database'
        await ann.say(type='call', id=1, target=target, inputs=[{'value': None}])
        for tab in (ann, ben):
            change = await tab.hear('change')
            assert change['edits'] == [[0, 0, [splice(17, 0, '!')]]]
        await ann.edit(await ann.subscribe('app.variable'), remove())
        assert (await ann.hear())['code'] == 'readonly'
