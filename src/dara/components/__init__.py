"""The components of pages."""

from typing import TYPE_CHECKING

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
from dara.core._absent import explain_absence
from dara.core.flow import For, If
from dara.core.variables import Variable
from dara.core.visual.components import Link

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

if not TYPE_CHECKING:
    __getattr__ = explain_absence(__name__)
