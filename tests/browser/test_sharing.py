"""Two people, one variable."""

from __future__ import annotations

from tests.browser.conftest import OpenTab
from tests.conftest import Serve

NOTE = """
    from dara.components import Heading, Input, Stack
    from dara.core import ConfigurationBuilder, Variable
    from dara.core.persistence import BackendStore, FileBackend

    note = Variable(default='', store=BackendStore(backend=FileBackend(path='note.json')))
    own = Variable(default='')
    config = ConfigurationBuilder()
    config.add_page('Note', content=Stack(Input(value=note, label='Note'), Heading(note), Input(value=own, label='Own')))
"""


async def test_the_other_browser_sees_every_keystroke(serve: Serve, open_tab: OpenTab) -> None:
    server = serve(NOTE)
    ann, ben = await open_tab(server.url), await open_tab(server.url)
    await ann.get_by_label('Note').press_sequentially('hello')
    await ben.get_by_role('heading', name='hello').wait_for()
    assert await ben.get_by_label('Note').input_value() == 'hello'
