"""A note that users write, in every place that shows text."""

from dara.components import Card, Heading, Input, Paragraph, Stack, Text, Textarea
from dara.core import ConfigurationBuilder, Variable
from dara.core.persistence import BackendStore

note = Variable(default={'text': ''}, store=BackendStore())
text = note.get('text')
config = ConfigurationBuilder()
config.title = '<i>Notes</i> & "more"'
config.add_page(
    'Note',
    content=Stack(
        Textarea(value=text, label='Note'),
        Input(value=text, label='Line', description=text),
        Card(Heading(text), Text(text, formatted=True), Paragraph(text), title=text, subtitle=text),
        Text(note, id_='json'),
    ),
)
