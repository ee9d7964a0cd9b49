"""The custom backend of the documentation, as printed there, with a database for it."""

from collections.abc import Callable
from typing import Any

from dara.components import Button, Stack
from dara.core import ConfigurationBuilder, action
from dara.core.persistence import BackendStore, PersistenceBackend
from dara.core.variables import Variable


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


DB: MyDatabase = MyDatabase()


class MyBackend(PersistenceBackend):
    def read(self, key: str) -> Any:
        # Read from the DB
        return DB.query('SELECT ...')

    def write(self, key: str, value: Any) -> None:
        raise NotImplementedError('Writing to the backend is not supported')

    def subscribe(self, callback: Callable[[Any], None]) -> None:
        # assume there is a way to subscribe to changes in the DB
        DB.subscribe('data_updated', callback)

    # ... other methods omitted for brevity
    def has(self, key):
        return True

    def delete(self, key):
        raise NotImplementedError

    def get_all(self):
        return {'global': DB.data}


store = BackendStore(MyBackend(), readonly=True)
variable: Variable[str] = Variable(store=store)


@action
async def update_data():
    # Update the data directly in the backend
    await DB.update('UPDATE ...')
    # Assuming this triggers a notification back from the DB into MyBackend,
    # this will send a notification to the open clients
    await DB.notify('data_updated')


page = Stack(
    # displays the data from the backend
    display_data(variable),
    Button('Update data', onclick=update_data()),
)


config = ConfigurationBuilder()
config.add_page('Data', content=page)
