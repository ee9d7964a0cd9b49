"""Charts of bokeh."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import PlainValidator

from dara.components._styled import Dynamic
from dara.components.plotting._figure import DefaultThemes, FigureComponent
from dara.components.plotting.bokeh.themes import dark_theme, light_theme
from dara.core._effects import Action
from dara.core._libraries import address_of, require
from dara.core.component import EventActions, as_list
from dara.core.errors import InvalidProp

DEFAULT_THEMES: Final = DefaultThemes(light_theme, dark_theme)
_SCRIPTS: Final = ('bokeh', 'bokeh-gl', 'bokeh-widgets', 'bokeh-tables', 'bokeh-mathjax')


class Bokeh(FigureComponent):
    """A chart of bokeh, a layout of several, or a document.

        Bokeh(plot, events=[('CLICKED', chosen.sync())], height=300)

    It has the colours of the page, light or dark, where the figure has none of its own, and fills its place unless the
    figure has a size. An update keeps zoom and selection. `pip install 'dara-live[bokeh]'` brings bokeh; a page with
    such a chart loads the JavaScript of the installed package.

    Args:
        figure: a figure or a layout of bokeh, a DerivedVariable that returns one, or a variable with the JSON of one,
            which may hold no JavaScript.
        document: a document of bokeh in place of a figure.
        theme: a theme of bokeh for this figure, on light and on dark pages: `{'attrs': {'Plot': {...}}}`.
        events: pairs of the name of an event, made by `figure_events`, and its actions.
        selection: a variable that holds the selection: `{'points': [[3, 5]]}` with the indexes of the selected rows of
            each data source, or `None`. Users who share the variable see one selection.
    """

    theme: dict[str, Any] | None = None
    events: Annotated[Any, PlainValidator(lambda given: given)] = None
    selection: Dynamic | None = None

    def __init__(self, figure: Any = None, document: Any = None, **props: Any) -> None:
        require('bokeh', 'Bokeh')
        if (figure is None) == (document is None):
            raise InvalidProp('Bokeh: figure: takes a figure, or document a document, but not both.')
        props['events'] = _events(props.pop('events', None))
        props['theme'] = DEFAULT_THEMES.by_scheme(props.get('theme'))
        shown = document if figure is None else figure
        super().__init__(figure=shown, library=[address_of(name) for name in _SCRIPTS], **props)


def _events(given: Any) -> EventActions:
    """Return the actions by the name of the event.

    Raises:
        InvalidProp: a part is no pair of a name and actions.
    """
    by_event: dict[str, tuple[Action, ...]] = {}
    for pair in given or ():
        match pair:
            case (str() as name, actions) if all(isinstance(each, Action) for each in as_list(actions)):
                by_event[name] = (*by_event.get(name, ()), *as_list(actions))
            case _:
                raise InvalidProp(f"Bokeh: events: takes pairs such as ('CLICKED', variable.sync()), not {pair!r}.")
    return EventActions(by_event)


def set_default_bokeh_theme(theme: dict[str, Any]) -> None:
    """Set the theme of the figures that are added from now on and have no `theme`, on light and on dark pages."""
    DEFAULT_THEMES.replace(theme)


__all__ = ['Bokeh', 'set_default_bokeh_theme']
