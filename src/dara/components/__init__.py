"""The components of pages."""

from typing import TYPE_CHECKING

from dara.core._absent import import_when_used
from dara.core.flow import For, If
from dara.core.variables import Variable
from dara.core.visual.components import Link

if TYPE_CHECKING:
    from dara.components.choices import ButtonBar, ButtonBarStyle, CheckboxGroup, Datepicker, RadioGroup
    from dara.components.forms import Form, FormPage
    from dara.components.inputs import Button, ButtonStyle, Input, Select, Slider, Switch, Textarea
    from dara.components.items import Item, ItemBadge, ListSection, RadioItem
    from dara.components.layout import Card, Direction, Grid, Label, Spacer, Stack
    from dara.components.overlays import Modal, Tooltip
    from dara.components.presence import Presence
    from dara.components.table import Table
    from dara.components.tabs import Accordion, AccordionItem, Tab, TabbedCard
    from dara.components.text import Anchor, Code, Heading, Icon, Image, Markdown, Paragraph, ProgressBar, Text

__all__ = [
    'Accordion',
    'AccordionItem',
    'Anchor',
    'Button',
    'ButtonBar',
    'ButtonBarStyle',
    'ButtonStyle',
    'Card',
    'CheckboxGroup',
    'Code',
    'Datepicker',
    'Direction',
    'For',
    'Form',
    'FormPage',
    'Grid',
    'Heading',
    'Icon',
    'If',
    'Image',
    'Input',
    'Item',
    'ItemBadge',
    'Label',
    'Link',
    'ListSection',
    'Markdown',
    'Modal',
    'Paragraph',
    'Presence',
    'ProgressBar',
    'RadioGroup',
    'RadioItem',
    'Select',
    'Slider',
    'Spacer',
    'Stack',
    'Switch',
    'Tab',
    'TabbedCard',
    'Table',
    'Text',
    'Textarea',
    'Tooltip',
    'Variable',
]

if not TYPE_CHECKING:  # a class of components takes time to make, and few apps use all
    __getattr__ = import_when_used(
        __name__,
        {
            'dara.components.choices': 'ButtonBar ButtonBarStyle CheckboxGroup Datepicker RadioGroup',
            'dara.components.forms': 'Form FormPage',
            'dara.components.inputs': 'Button ButtonStyle Input Select Slider Switch Textarea',
            'dara.components.items': 'Item ItemBadge ListSection RadioItem',
            'dara.components.layout': 'Card Direction Grid Label Spacer Stack',
            'dara.components.overlays': 'Modal Tooltip',
            'dara.components.presence': 'Presence',
            'dara.components.table': 'Table',
            'dara.components.tabs': 'Accordion AccordionItem Tab TabbedCard',
            'dara.components.text': 'Anchor Code Heading Icon Image Markdown Paragraph ProgressBar Text',
        },
    )

    def __dir__() -> list[str]:
        return __all__
