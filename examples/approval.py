"""A request that anybody may fill in, and only approvers decide.

Run it: `dara start --config approval:config`; log in as `ann`, an approver, and as `ben` in another browser (`secret`).
Let ben ask for more than 5000: it goes back, and the page says why. He sees what ann decides, and cannot change it. Her
note never reaches his browser.
"""

from pydantic import BaseModel, Field

from dara.components import ButtonBar, Card, Heading, Input, Stack, Text, Textarea
from dara.core import ComponentInstance, ConfigurationBuilder, Match, Variable, py_component
from dara.core.auth import MultiBasicAuthConfig, UserData, get_user_data
from dara.core.persistence import BackendStore, FileBackend

GROUPS = {'ann': ['staff', 'approvers'], 'ben': ['staff']}


class Staff(MultiBasicAuthConfig):
    async def login(self, name: str, password: str) -> UserData | None:
        user = await super().login(name, password)
        return user and user.model_copy(update={'groups': GROUPS[name]})


class Request(BaseModel):
    purpose: str = Field(max_length=60)
    amount: int = Field(ge=0, le=5000)


def may_decide(user: UserData | None) -> bool:
    return user is not None and 'approvers' in user.groups


# `type`, `can_write` and `can_read` are checked on the server, at every edit, whatever the browser shows.
requests = BackendStore(FileBackend(path='request.json'), type=Request)
decisions = BackendStore(FileBackend(path='decision.json'), can_write=may_decide)
notes = BackendStore(FileBackend(path='note.json'), can_read=may_decide, can_write=may_decide)
request = Variable(default={'purpose': '', 'amount': 0}, store=requests)
decision = Variable(default='Open', store=decisions)
note = Variable(default='', store=notes)


@py_component
def note_of_approvers() -> ComponentInstance | None:
    """Leave out what is of no use to others. Who may have the note is for `can_read` to say."""
    card = Card(Textarea(value=note, label='Note'), title='Among approvers')
    return card if may_decide(get_user_data()) else None


purpose = Input(value=request.get('purpose'), label='What for', placeholder='A lamp')
amount = Input(value=request.get('amount'), type='number', label='Amount', description='5000 at most')
form = Card(purpose, amount, title='The request', subtitle='Anybody may fill it in.')
answers = {'Approved': Text('Go ahead!', bold=True), 'Declined': Text('Not this time.')}
choice = ButtonBar(items=['Open', 'Approved', 'Declined'], value=decision, label='Decision')
verdict = Card(choice, Match(decision, when=answers), title='The decision', subtitle='Approvers make it.')

config = ConfigurationBuilder()
config.title = 'Approval'
config.add_auth(Staff(users=dict.fromkeys(GROUPS, 'secret')))
parts = Heading('A request'), Stack(form, verdict, direction='horizontal'), note_of_approvers()
config.add_page('Request', content=Stack(*parts))
