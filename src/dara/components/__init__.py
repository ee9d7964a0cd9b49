"""The components that pages are made of."""

from dara.components.inputs import Button, Input, Select, Slider, Switch, Textarea
from dara.components.layout import Card, Stack
from dara.components.text import Heading, Paragraph, Text

__all__ = [
    'Button',
    'Card',
    'Heading',
    'Input',
    'Paragraph',
    'Select',
    'Slider',
    'Stack',
    'Switch',
    'Text',
    'Textarea',
]
