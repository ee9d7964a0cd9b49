"""Charts of plotly."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError

from dara.components._styled import Dynamic
from dara.components.plotting._figure import DefaultThemes, FigureComponent
from dara.components.plotting.plotly.themes import dark_theme, light_theme
from dara.core._libraries import address_of, require
from dara.core.component import Actions, EventActions, as_list, internal_prop
from dara.core.errors import InvalidProp

DEFAULT_THEMES: Final = DefaultThemes(light_theme, dark_theme)


class PlotlyEventName(StrEnum):
    """The events of plotly.js; plain strings work as well."""

    AFTER_EXPORT = 'plotly_afterexport'
    AFTER_PLOT = 'plotly_afterplot'
    ANIMATED = 'plotly_animated'
    ANIMATING_FRAME = 'plotly_animatingframe'
    ANIMATION_INTERRUPTED = 'plotly_animationinterrupted'
    AUTO_SIZE = 'plotly_autosize'
    BEFORE_EXPORT = 'plotly_beforeexport'
    BEFORE_HOVER = 'plotly_beforehover'
    BUTTON_CLICKED = 'plotly_buttonclicked'
    CLICK = 'plotly_click'
    CLICK_ANNOTATION = 'plotly_clickannotation'
    DESELECT = 'plotly_deselect'
    DOUBLE_CLICK = 'plotly_doubleclick'
    FRAMEWORK = 'plotly_framework'
    HOVER = 'plotly_hover'
    LEGEND_CLICK = 'plotly_legendclick'
    LEGEND_DOUBLE_CLICK = 'plotly_legenddoubleclick'
    REDRAW = 'plotly_redraw'
    RELAYOUT = 'plotly_relayout'
    RESTYLE = 'plotly_restyle'
    SELECTED = 'plotly_selected'
    SELECTING = 'plotly_selecting'
    SLIDER_CHANGE = 'plotly_sliderchange'
    SLIDER_END = 'plotly_sliderend'
    SLIDER_START = 'plotly_sliderstart'
    TRANSITION_INTERRUPTED = 'plotly_transitioninterrupted'
    TRANSITIONING = 'plotly_transitioning'
    UNHOVER = 'plotly_unhover'
    WEBGL_CONTEXT_LOST = 'plotly_webglcontextlost'


class PlotlyEvent(BaseModel):
    """An event of a plotly figure, and what happens then; created by `Plotly.Event`.

    Args:
        event_name: a `Plotly.EventName`, or its string.
        actions: `ctx.input` is the list of the points that the event is about, each with `x`, `y`, `pointIndex`,
            `curveNumber`, `customdata` and the like; of an event about no points, the data of the event.
        custom_js: JavaScript that changes `figure`, given the `data` of the event. It runs before the actions.
    """

    model_config = ConfigDict(extra='forbid', arbitrary_types_allowed=True)

    event_name: PlotlyEventName
    actions: Actions | None = None
    custom_js: str | None = None


def _to_event(given: Any) -> PlotlyEvent:
    if isinstance(given, PlotlyEvent):
        return given
    try:
        return PlotlyEvent.model_validate(given)
    except ValidationError as error:
        fault = error.errors()[0]
        wrong = f'{given!r} ({".".join(map(str, fault["loc"]))}: {fault["msg"]})'
        raise ValueError(f"takes Plotly.Event(event_name='plotly_click', actions=...), not {wrong}") from None


class Plotly(FigureComponent):
    """A chart of plotly.

        Plotly(px.scatter(people, x='age', y='income'), selection=chosen, height=300)

    It has the colours of the page, light or dark, where the figure has none of its own. An update keeps zoom and
    selection. `pip install 'dara-live[plotly]'` brings plotly; a page with such a chart loads the JavaScript of the
    installed package.

    Args:
        figure: a figure of plotly, a DerivedVariable that returns one, or a variable with the JSON of one.
        theme: a template of plotly for this figure, on light and on dark pages, such as `dark_theme`.
        events: a list of `Plotly.Event`, or of dicts of its form.
        selection: a variable that holds the selection: `{'points': [[3, 5], []], 'areas': [...]}` with the indexes
            of the selected points of each trace, or `None`. If points have ids, in `ids` or as the first of their
            `customdata`, those of the selected ones are in `'ids': [['a', 'b'], []]`; use them if a filter changes the
            figure. A click selects a point, unless the figure sets `clickmode`. Users who share the variable see one
            selection.
    """

    EventName: ClassVar[type[PlotlyEventName]] = PlotlyEventName
    Event: ClassVar[type[PlotlyEvent]] = PlotlyEvent

    theme: dict[str, Any] | None = None
    events: Annotated[Any, PlainValidator(lambda given: given)] = None
    selection: Dynamic | None = None
    scripts: dict[str, str] | None = internal_prop()

    def __init__(self, figure: Any = None, **props: Any) -> None:
        require('plotly', 'Plotly')
        events = _events(props.pop('events', None))
        props['events'] = EventActions({name: event.actions for name, event in events.items() if event.actions})
        props['scripts'] = {name: event.custom_js for name, event in events.items() if event.custom_js} or None
        props['theme'] = DEFAULT_THEMES.by_scheme(props.get('theme'))
        super().__init__(figure=figure, library=[address_of('plotly')], **props)


def _events(given: Any) -> dict[str, PlotlyEvent]:
    """Return the events by name.

    Raises:
        InvalidProp: one of them is none, or two have one name.
    """
    try:
        events = [_to_event(each) for each in as_list(given if given is not None else [])]
    except ValueError as error:
        raise InvalidProp(f'Plotly: events: {error}') from None
    by_name = {str(event.event_name): event for event in events}
    if len(by_name) < len(events):
        raise InvalidProp('Plotly: events: two of them have one event_name; give one of them all actions.')
    return by_name


def set_default_plotly_theme(theme: dict[str, Any]) -> None:
    """Set the template of the figures that are added from now on and have no `theme`, on light and on dark pages."""
    DEFAULT_THEMES.replace(theme)


__all__ = ['Plotly', 'PlotlyEvent', 'PlotlyEventName', 'set_default_plotly_theme']
