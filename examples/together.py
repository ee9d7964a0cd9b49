"""A poster that everybody who opens the page designs together. Run it: `dara start --config together:config`."""

from dara.components import Button, Card, Heading, Input, Item, Presence, Select, Slider, Stack, Switch, Text, Textarea
from dara.core import ConfigurationBuilder, Variable, action, py_component
from dara.core.auth import get_user_data
from dara.core.persistence import BackendStore, FileBackend

COLORS = {'Green': 'primary', 'Indigo': 'indigo', 'Purple': 'grape', 'Orange': 'orange', 'Red': 'red'}
DESIGN = {'title': 'Hello, everybody', 'note': '', 'size': 56, 'color': 'primary', 'italic': False, 'cheers': 0}

# Shared: one JSON file. Every browser sees every keystroke; refresh, crash and restart lose nothing.
poster = Variable(default=DESIGN, store=BackendStore(backend=FileBackend(path='together.json')))
title, note, cheers = poster.get('title'), poster.get('note'), poster.get('cheers')
size, color, italic = poster.get('size'), poster.get('color'), poster.get('italic')
draft = Variable(default='')  # private: without a store it lives in this tab alone


@action
async def cheer(by: int) -> None:
    """Add to the count, atomically: no click is lost, however many people click at once."""
    await poster.modify(lambda design: {**design, 'cheers': design['cheers'] + by})


@py_component
def you() -> Text:
    """Tell people by which name the others see them."""
    user = get_user_data()
    return Text(f'You are {user and user.identity_name}', color='dimmed')


people = Stack(Presence(), you(), direction='horizontal')
# Of one height, so that nobody's field moves while the poster fills.
show = Card(
    Heading(title, font_size=size, color=color, italic=italic, align='center'),
    Text(note, formatted=True, font_size=18, color='dimmed', align='center'),
    padding='clamp(16px, 5vw, 48px)',
    height=320,
    overflow='auto',
    justify='safe center',
)
write = Card(
    Input(value=title, label='Title'),
    Textarea(value=note, label='Note', placeholder='Say something to everybody', min_rows=5),
    title='Write it',
    subtitle='Everybody sees every keystroke.',
)
design = Card(
    Slider(value=size, domain=[24, 120], label='Size'),
    Select(value=color, items=[Item(value=value, label=name) for name, value in COLORS.items()], label='Color'),
    Switch(value=italic, label='Italic'),
    Button('Start over', onclick=poster.reset(), styling='secondary'),
    title='Design it',
    subtitle='Any of you, at any time.',
)
count = Card(
    Text(cheers, font_size=44, bold=True),
    Button('Cheer', onclick=cheer(1)),
    title='Cheers',
    subtitle='Counted on the server, so that none is lost.',
)
own = Card(
    Input(value=draft, label='Only in this tab', placeholder='Nobody else sees this'),
    Text(draft, color='dimmed'),
    title='Yours alone',
    subtitle='A refresh forgets it. The rest stays.',
)

config = ConfigurationBuilder()
config.title = 'Together'
rows = (Stack(left, right, direction='horizontal') for left, right in ((write, design), (count, own)))
config.add_page('Together', content=Stack(people, show, *rows))
