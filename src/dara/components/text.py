"""Components that show text."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, PlainValidator

from dara.components._styled import Container, Flag, StyledComponentInstance, TextProp, TimeZone, Word
from dara.components.formatters import NUMERIC, checked_formatter
from dara.core.errors import InvalidDefinition
from dara.core.variables import AnyVariable

_OF_TEXTS: Final = (*sorted(NUMERIC), 'datetime')


def _to_text(moment: Any) -> Any:
    return moment.isoformat() if isinstance(moment, date) else moment


def _to_formatter(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    formatter = checked_formatter(given, 'Text')
    if formatter['type'] not in _OF_TEXTS:
        raise ValueError(
            f'takes one of {", ".join(map(repr, _OF_TEXTS))}, not {formatter["type"]!r}, which is for tables.'
        )
    return formatter


class Text(StyledComponentInstance):
    """A piece of text, or the value of a variable.

        Text('Hello', bold=True)

    Args:
        text: the text, or a variable that holds it.
        formatted: preserve line breaks and runs of spaces.
        formatter: how a number, a date or a moment is written, as in a `Table`: `'number'`, `'number_intl'`,
            `'percent'`, `'adaptive_precision'`, `'threshold'`, `'datetime'`, or a dict with options such as
            `{'type': 'number', 'precision': 2}`. `None` is a dash; any other value is shown as it is.
    """

    text: TextProp
    formatted: Flag | None = None
    formatter: Annotated[dict[str, Any] | str | None, PlainValidator(_to_formatter)] = None

    def __init__(self, text: Any, **props: Any) -> None:
        super().__init__(text=text, **props)

    @property
    def _drawn_with(self) -> str:
        """The client's text; one with a formatter has code of its own, so that other pages do not load it."""
        return 'Text' if self.formatter is None else 'FormattedText'


class Timestamp(StyledComponentInstance):
    """A moment, written as people say it, in the language of the browser: `14:05`, `Yesterday, 14:05`, `3 Dec, 14:05`.

        Timestamp(message.get('sent'), color='dimmed')

    The whole date shows on hover.

    Args:
        value: ISO text such as `'2026-07-15T13:30:00+00:00'`, a date or datetime, or a variable of such a text. An
            instant, which has an offset, is shown in the time zone. Any other text is shown as it is.
        timezone: the time zone, such as `'Europe/Berlin'`; the user's own if not given.
    """

    value: Annotated[TextProp, BeforeValidator(_to_text)]
    timezone: TimeZone | None = None

    def __init__(self, value: Any, **props: Any) -> None:
        super().__init__(value=value, **props)


class Heading(StyledComponentInstance):
    """A heading.

        Heading('Results', level=2)

    Args:
        heading: the text, or a variable that holds it.
        level: from 1, for the page's own heading, to 6.
    """

    heading: TextProp
    level: Literal[1, 2, 3, 4, 5, 6] = 1

    def __init__(self, heading: Any, **props: Any) -> None:
        super().__init__(heading=heading, **props)
        if self.id_ is None and isinstance(self.heading, str):
            self.id_ = self.anchor_name

    @property
    def anchor_name(self) -> str:
        """The name of the heading in links to it: `Anchor('Results', href=f'#{heading.anchor_name}')`.

        Raises:
            InvalidDefinition: the text is a variable, so that its name is not known.
        """
        if isinstance(self.heading, AnyVariable):
            raise InvalidDefinition('Heading.anchor_name: the heading is a variable; give it an id_ and link to that.')
        return self.id_ or re.sub(r'\s+', '-', str(self.heading).strip().lower())


class Paragraph(Container):
    """Text and components that flow as one paragraph.

        Paragraph('Hello, ', Text(name, bold=True), '!')

    Args:
        children: text, variables and components.
    """

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)


class Markdown(StyledComponentInstance):
    """Text in GitHub-flavoured Markdown: headings, lists, tables, links. HTML in it is not drawn.

        Markdown('**Bold**, and a [link](https://example.com)')

    Args:
        markdown: the text, or a variable that holds it. In a variable, pictures of other sites are shown as links, so
            that authors cannot track readers.
        html_raw: only False is accepted: HTML written by one user would run in the browsers of others.
    """

    markdown: TextProp
    html_raw: Literal[False] = False

    def __init__(self, markdown: Any, **props: Any) -> None:
        super().__init__(markdown=markdown, **props)


class Code(StyledComponentInstance):
    """A piece of code with syntax highlighting.

        Code('print("hello")', language='python')

    Args:
        code: the code, or a variable that holds it.
        language: the programming language. Unsupported ones are shown without highlighting.
        theme: `'light'` or `'dark'`; the page's theme if not given.
    """

    class Themes(StrEnum):
        """The colour themes."""

        LIGHT = 'light'
        DARK = 'dark'

    code: TextProp
    language: str = 'python'
    theme: Themes | Literal['light', 'dark'] | None = None

    def __init__(self, code: Any, **props: Any) -> None:
        super().__init__(code=code, **props)


class Anchor(Container):
    """A link to another page or site, or to an anchor in this page.

        Anchor('The documentation', href='https://example.com', new_tab=True)
        Anchor('Further down', href='#end'), Anchor('The end', name='end')

    Args:
        children: text, a variable or a component.
        href: the target; `#name` is the anchor of that name.
        name: the name of this anchor, for links to it.
        clean: style the link like the surrounding text.
        new_tab: open the target in a new tab.
    """

    href: Word | None = None
    name: str | None = None
    clean: bool | None = None
    new_tab: bool | None = None

    def __init__(self, child: Any = None, **props: Any) -> None:
        super().__init__(child, **props)


class Icon(StyledComponentInstance):
    """An icon of Font Awesome's free set.

        Icon('wrench', color='orange'), Icon(get_icon('github', style='brands', size='2x'))

    Args:
        icon: the name of the icon, or the result of `get_icon`.
        label: the meaning, for screen readers; an icon without a label counts as decoration.
    """

    icon: str
    label: Word | None = None

    def __init__(self, icon: str, **props: Any) -> None:
        super().__init__(icon=icon, **props)


class Image(StyledComponentInstance):
    """A picture.

        Image('/static/plan.png', alt='The plan of the house', width=400)

    Args:
        src: the address; below `/static/` are the files of the app's static folders.
        alt: a description for screen readers; an image without one counts as decoration.
    """

    src: Word
    alt: Word | None = None

    def __init__(self, src: Any, **props: Any) -> None:
        super().__init__(src=src, **props)


class ProgressBar(StyledComponentInstance):
    """A bar that shows progress.

        ProgressBar(progress=Variable(20))

    Args:
        progress: in percent, from 0 to 100.
        small: a thin strip without the number.
        color: of the theme, such as `'orange'`, or of CSS.
        label: the name of the task, for screen readers.
    """

    progress: TextProp
    small: bool | None = None
    label: Word | None = None
