"""A poll: one vote each, which one may change, and a result that everybody sees move.

Run it: `dara start --config poll:config`, and vote in two browsers: each is a user of its own. `poll.json` keeps the
votes, and after a restart the server still knows whose they are.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from dara.components import Button, Card, Heading, ProgressBar, RadioGroup, Stack, Text
from dara.core import ConfigurationBuilder, DerivedVariable, For, Variable
from dara.core.persistence import BackendStore, FileBackend

PLACES = ['In the garden', 'By the lake', 'On the roof']

# One vote each: with `scope='user'` a store has one value for each user. The tally is everybody's, and no browser may
# change it; only the app does.
votes = BackendStore(scope='user', backend=FileBackend(path='poll.json'))
vote: Variable[str] = Variable(store=votes)
tally: Variable[dict[str, int]] = Variable(default={}, store=BackendStore(can_write=lambda user: False))


async def count(_: object) -> dict[str, int]:
    return dict(Counter((await votes.get_all()).values()))


def compare(tally: dict[str, int]) -> list[dict[str, Any]]:
    """Compute the result: once for each new tally, however many people look at it."""
    total = sum(tally.get(place, 0) for place in PLACES) or 1
    return [{'place': p, 'votes': tally.get(p, 0), 'percent': 100 * tally.get(p, 0) / total} for p in PLACES]


result: DerivedVariable[Any] = DerivedVariable(compare, variables=[tally])
line = result.list_item
bar = Stack(
    Stack(Text(line.get('place'), grow=1), Text(line.get('votes'), bold=True), direction='horizontal'),
    ProgressBar(progress=line.get('percent'), label=line.get('place')),
    gap=4,
)
yours = Card(
    RadioGroup(items=PLACES, value=vote, label='Where do we go?'),
    Button('Take it back', onclick=vote.reset(), styling='secondary'),
    title='Your vote',
    subtitle='Nobody else sees it. Change it as often as you like.',
)
ours = Card(For(result, renderer=bar, key_accessor='place'), title='So far', subtitle='Of everybody, live.')

config = ConfigurationBuilder()
config.title = 'Poll'
config.add_page('Poll', content=Stack(Heading('Where is the party?'), Stack(yours, ours, direction='horizontal')))


@config.on_startup
async def keep_count() -> Callable[[], None]:
    """Count after every vote, again if another came in between. What is returned runs when the server stops."""
    await tally.modify(count)
    return votes.on_change(lambda user, place: tally.modify(count))
