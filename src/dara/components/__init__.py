"""The components of pages."""

from typing import TYPE_CHECKING

from dara.core._absent import import_when_used
from dara.core.flow import For, If
from dara.core.variables import Variable
from dara.core.visual.components import Link

if TYPE_CHECKING:
    from dara.components.chart import Chart
    from dara.components.choices import (
        ButtonBar,
        ButtonBarStyle,
        CheckboxGroup,
        ComponentItem,
        ComponentSelectList,
        Datepicker,
        RadioGroup,
    )
    from dara.components.forms import Form, FormPage
    from dara.components.inputs import Button, ButtonStyle, Checkbox, Input, Select, Slider, Switch, Textarea
    from dara.components.items import Item, ItemBadge, ListSection, RadioItem
    from dara.components.layout import Card, Direction, Grid, Label, Spacer, Stack
    from dara.components.overlays import Modal, Tooltip
    from dara.components.plotting.bokeh import Bokeh, figure_events, set_default_bokeh_theme
    from dara.components.plotting.matplotlib import Matplotlib
    from dara.components.plotting.plotly import Plotly, set_default_plotly_theme
    from dara.components.presence import Presence
    from dara.components.table import Table
    from dara.components.tabs import Accordion, AccordionItem, Tab, TabbedCard
    from dara.components.text import (
        Anchor,
        Code,
        Heading,
        Icon,
        Image,
        Markdown,
        Paragraph,
        ProgressBar,
        Text,
        Timestamp,
    )
    from dara.components.upload import UploadDropzone

__all__ = [
    'Accordion',
    'AccordionItem',
    'Anchor',
    'Bokeh',
    'Button',
    'ButtonBar',
    'ButtonBarStyle',
    'ButtonStyle',
    'Card',
    'Chart',
    'Checkbox',
    'CheckboxGroup',
    'Code',
    'ComponentItem',
    'ComponentSelectList',
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
    'Matplotlib',
    'Modal',
    'Paragraph',
    'Plotly',
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
    'Timestamp',
    'Tooltip',
    'UploadDropzone',
    'Variable',
    'figure_events',
    'set_default_bokeh_theme',
    'set_default_plotly_theme',
]

if not TYPE_CHECKING:  # a class of components takes time to make, and few apps use all
    __getattr__ = import_when_used(
        __name__,
        {
            'dara.components.chart': 'Chart',
            'dara.components.choices': (
                'ButtonBar ButtonBarStyle CheckboxGroup ComponentItem ComponentSelectList Datepicker RadioGroup'
            ),
            'dara.components.forms': 'Form FormPage',
            'dara.components.inputs': 'Button ButtonStyle Checkbox Input Select Slider Switch Textarea',
            'dara.components.items': 'Item ItemBadge ListSection RadioItem',
            'dara.components.layout': 'Card Direction Grid Label Spacer Stack',
            'dara.components.overlays': 'Modal Tooltip',
            'dara.components.plotting.bokeh': 'Bokeh figure_events set_default_bokeh_theme',
            'dara.components.plotting.matplotlib': 'Matplotlib',
            'dara.components.plotting.plotly': 'Plotly dark_theme light_theme set_default_plotly_theme',
            'dara.components.presence': 'Presence',
            'dara.components.table': 'Table',
            'dara.components.tabs': 'Accordion AccordionItem Tab TabbedCard',
            'dara.components.text': 'Anchor Code Heading Icon Image Markdown Paragraph ProgressBar Text Timestamp',
            'dara.components.upload': 'UploadDropzone',
        },
    )

    def __dir__() -> list[str]:
        return __all__
