"""Placeholders that stand in place of a component while its values are being computed."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator

from dara.core.component import Child, internal_prop
from dara.core.visual.styled import StyledComponentInstance


def _not_negative(wait: bool | int) -> bool | int:
    if wait < 0:
        raise ValueError(f'takes True, False or a number of milliseconds, not {wait}.')
    return wait


class BaseFallback(StyledComponentInstance):
    """The base class of placeholders.

    Args:
        suspend_render: whether the placeholder also replaces a value that is being computed again. `True`: at once.
            `False`: never, the old value stays. A number: after so many milliseconds.
    """

    component: Child | None = internal_prop()
    suspend_render: Annotated[bool | int, AfterValidator(_not_negative)] = 200

    @property
    def _drawn_with(self) -> str:
        return 'Fallback'

    def __init__(self, **props: Any) -> None:
        super().__init__(**props)


class ProgressTracker(BaseFallback):
    """The progress of the task for which a component waits: a bar, what the task is doing, and a button to cancel it.

        Text(result, fallback=ProgressTracker())

    The task is a `DerivedVariable(run_as_task=True)`, whose function reports with `track_progress`. The prop
    `track_progress=True` of a component or of a `py_component` does the same. A task that several people wait for goes
    on until all of them have cancelled it, or left.
    """

    @property
    def _drawn_with(self) -> str:
        return 'ProgressTracker'


class Fallback:
    """Placeholders of content that is being loaded; any other component can be used as well.

        Text(total, fallback=Fallback.Row(width='20ch'))
        Select(items=cities, fallback=Fallback.Custom(Text('Loading'), suspend_render=False))
        py_component(fallback=Fallback.Default(height=200))

    All take the styling props and `suspend_render`: whether the placeholder also replaces a value that is being
    computed again. `True`: at once. `False`: never, the old value stays. A number: after so many milliseconds; 200 if
    not given. `If`, `For`, `Match` and a `SwitchVariable` keep the old value.
    """

    @staticmethod
    def Default(**props: Any) -> BaseFallback:  # noqa: N802  # named by the public API
        """Return a grey placeholder of a component or a page. It takes the available height if none is given."""
        return BaseFallback(**{'height': '100%', **props})

    @staticmethod
    def Row(**props: Any) -> BaseFallback:  # noqa: N802
        """Return a grey placeholder of a line, as high as a field."""
        return BaseFallback(**{'height': '2.25rem', **props})

    @staticmethod
    def Custom(component: Any, **props: Any) -> BaseFallback:  # noqa: N802
        """Return a placeholder that shows a component, or text."""
        return BaseFallback(component=component, **props)


__all__ = ['BaseFallback', 'Fallback', 'ProgressTracker']
