"""Settings: each user's own, and those that a team shares.

Run it: `dara start --config settings:config`, and log in as `ann`, `ben` and `cleo`, each in another browser; the
password is `secret`. What ann sets for herself is hers on every device, and nobody else sees it: `settings.json` reads
`{"ann": ..., "ben": ...}`. What she sets for her team, ben sees at once; cleo is in another team, and does not.
"""

from dara.components import Card, Heading, Input, Select, Slider, Stack, Switch, Text, Textarea
from dara.core import ConfigurationBuilder, DerivedVariable, If, Variable
from dara.core.auth import MultiBasicAuthConfig, UserData, get_user_data
from dara.core.persistence import BackendStore, FileBackend

TEAMS = {'ann': 'north', 'ben': 'north', 'cleo': 'south'}


def team_of(user: UserData) -> str:
    return TEAMS[user.identity_id]


# `scope='user'`: a value for each user. With a function as its scope, a store has a value for each answer of that.
own_store = BackendStore(scope='user', backend=FileBackend(path='settings.json'))
team_store = BackendStore(scope=team_of, backend=FileBackend(path='teams.json'))
own = Variable(default={'name': '', 'color': 'primary', 'size': 32}, store=own_store)
team = Variable(default={'goal': '', 'quiet': False}, store=team_store)


# Both look at who the user is, so what they return is never shown to another, whatever is cached.
def greet(name: str) -> str:
    user = get_user_data()
    return f'Hello, {name or user.identity_name}' if user else ''


def name_team() -> str:
    user = get_user_data()
    return f'Team {team_of(user)}' if user else ''


greeting = Heading(
    DerivedVariable(greet, variables=[own.get('name')]), color=own.get('color'), font_size=own.get('size')
)
yours = Card(
    Input(value=own.get('name'), label='Call me'),
    Select(value=own.get('color'), items=['primary', 'indigo', 'grape', 'orange'], label='Color'),
    Slider(value=own.get('size'), domain=[20, 60], label='Size'),
    title='Yours',
    subtitle='In all of your tabs, and in those of nobody else.',
)
ours = Card(
    Textarea(value=team.get('goal'), label='Goal', placeholder='What are you up to this week?', min_rows=4),
    Switch(value=team.get('quiet'), label='Do not disturb'),
    If(team.get('quiet'), Text('All of you see that you want to be left alone.', color='dimmed')),
    title=DerivedVariable(name_team, variables=[]),
    subtitle='Shared by its members, live.',
)

config = ConfigurationBuilder()
config.title = 'Settings'
config.add_auth(MultiBasicAuthConfig(users=dict.fromkeys(TEAMS, 'secret')))
config.add_page('Settings', content=Stack(greeting, Stack(yours, ours, direction='horizontal')))
