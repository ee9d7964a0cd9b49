"""Components that show text."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from dara.components._styled import Container, Flag, StyledComponent, TextProp, Word


class Text(StyledComponent):
    """A piece of text, or the value of a variable.

        Text('Hello', bold=True)

    Args:
        text: what to show.
        formatted: keep line breaks and runs of spaces as they are.
    """

    text: TextProp
    formatted: Flag | None = None

    def __init__(self, text: Any, **props: Any) -> None:
        super().__init__(text=text, **props)


class Heading(StyledComponent):
    """A heading.

        Heading('Results', level=2)

    Args:
        heading: what to show.
        level: 1 for the page's own, down to 6.
    """

    heading: TextProp
    level: Literal[1, 2, 3, 4, 5, 6] = 1

    def __init__(self, heading: Any, **props: Any) -> None:
        super().__init__(heading=heading, **props)


class Paragraph(Container):
    """Text and components that flow as one paragraph.

        Paragraph('Hello, ', Text(name, bold=True), '!')

    Args:
        children: text, variables and components.
    """

    def __init__(self, *children: Any, **props: Any) -> None:
        super().__init__(*children, **props)


class Markdown(StyledComponent):
    """Text with the marks of Markdown, GitHub's among them: headings, lists, tables, links. HTML in it is not drawn.

        Markdown('**Bold**, and a [link](https://example.com)')

    Args:
        markdown: the text, or a variable that holds it. A picture of another site that a variable names is a link, so
            that nobody learns who reads what they wrote.
        html_raw: only False: what people write could otherwise run in everybody's browser.
    """

    markdown: TextProp
    html_raw: Literal[False] = False

    def __init__(self, markdown: Any, **props: Any) -> None:
        super().__init__(markdown=markdown, **props)


class Code(StyledComponent):
    """A piece of code, coloured.

        Code('print("hello")', language='python')

    Args:
        code: the code, or a variable that holds it.
        language: of which it is. One that has no colours here is shown without.
        theme: `'light'` or `'dark'`, where it is not to follow the page.
    """

    class Themes(StrEnum):
        """The two sets of colours."""

        LIGHT = 'light'
        DARK = 'dark'

    code: TextProp
    language: str = 'python'
    theme: Themes | Literal['light', 'dark'] | None = None

    def __init__(self, code: Any, **props: Any) -> None:
        super().__init__(code=code, **props)


class Anchor(Container):
    """A link to another page or site, or to a place in this page.

        Anchor('The documentation', href='https://example.com', new_tab=True)
        Anchor('Further down', href='#end'), Anchor('The end', name='end')

    Args:
        children: text, a variable or a component.
        href: where it leads; `#name` is the anchor of that name.
        name: what other anchors call this place.
        clean: look like the text around it.
        new_tab: open another tab.
    """

    href: Word | None = None
    name: str | None = None
    clean: bool | None = None
    new_tab: bool | None = None

    def __init__(self, child: Any = None, **props: Any) -> None:
        super().__init__(child, **props)


class Icon(StyledComponent):
    """An icon of Font Awesome's free set.

        Icon('wrench', color='orange'), Icon(get_icon('github', style='brands', size='2x'))

    Args:
        icon: its name, or what `get_icon` returned.
        label: what it means, for those who cannot see it; without it, it is taken for decoration.
    """

    icon: str
    label: Word | None = None

    def __init__(self, icon: str, **props: Any) -> None:
        super().__init__(icon=icon, **props)


class Image(StyledComponent):
    """A picture.

        Image('/static/plan.png', alt='The plan of the house', width=400)

    Args:
        src: its address; below `/static/` are the files of the app's static folders.
        alt: what it shows, for those who cannot see it; without it, it is taken for decoration.
    """

    src: Word
    alt: Word | None = None

    def __init__(self, src: Any, **props: Any) -> None:
        super().__init__(src=src, **props)


class ProgressBar(StyledComponent):
    """How much of something is done.

        ProgressBar(progress=Variable(20))

    Args:
        progress: in percent, from 0 to 100.
        small: a thin strip without the number.
        color: of the theme, such as `'orange'`, or of CSS.
        label: what is done, for those who cannot see it.
    """

    progress: TextProp
    small: bool | None = None
    label: Word | None = None
