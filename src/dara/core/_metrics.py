"""Measurements of the running server, and the exporters that receive them.

Without an exporter every report returns at once.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Final, Literal, TypeAlias

MAX_SERIES: Final = 100
"""The number of combinations of labels of an instrument; whatever exceeds it is reported as `other`."""
SECONDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of the buckets of a duration."""
Labels: TypeAlias = tuple[str, ...]
Combined: TypeAlias = Literal['sum', 'max']
Finish: TypeAlias = Callable[[Labels, float], None]
"""A function that receives the labels and the duration of a span that has ended."""


class Instrument:
    """A quantity that the server measures.

    Args:
        labels: the names of its labels, all of whose values are known to the code or the app, and never to a user.

    Attributes:
        exporters: the receivers of its measurements.
    """

    def __init__(self, name: str, description: str, labels: Labels = (), *, unit: str = '') -> None:
        self.name: Final = name
        self.description: Final = description
        self.labels: Final = labels
        self.unit: Final = unit
        self.exporters: tuple[Exporter, ...] = ()
        self._known: set[Labels] = set()

    def bounded(self, labels: Labels) -> Labels:
        """Return the labels, or `other` for each beyond the number of series."""
        if labels not in self._known:
            if len(self._known) >= MAX_SERIES:
                return ('other',) * len(labels)
            self._known.add(labels)
        return labels


class Counter(Instrument):
    """A number of events since the process started."""

    def add(self, labels: Labels = (), amount: float = 1) -> None:
        """Count events."""
        if self.exporters:
            labels = self.bounded(labels)
            for exporter in self.exporters:
                exporter.add(self, labels, amount)


class Gauge(Instrument):
    """A value that goes up and down.

    Args:
        of_many: the value of several processes together: the sum or the greatest of theirs.
    """

    def __init__(
        self,
        name: str,
        description: str,
        labels: Labels = (),
        *,
        unit: str = '',
        of_many: Literal['sum', 'max'] = 'sum',
    ) -> None:
        super().__init__(name, description, labels, unit=unit)
        self.of_many: Final = of_many
        self._value = 0.0

    def set(self, value: float, labels: Labels = ()) -> None:
        """Report the present value."""
        if self.exporters:
            labels = self.bounded(labels)
            for exporter in self.exporters:
                exporter.set(self, labels, value)

    def change(self, by: float) -> None:
        """Report that the value, which began at 0, has changed."""
        if self.exporters:
            self._value += by
            self.set(self._value)


class Timer(Instrument):
    """A duration in seconds, and the number of its measurements."""

    def __init__(self, name: str, description: str, labels: Labels = ()) -> None:
        super().__init__(name, description, labels, unit='s')

    def observe(self, seconds: float) -> None:
        """Report a duration."""
        for exporter in self.exporters:
            exporter.observe(self, (), seconds)

    def measure(self, subject: str, detail: str = '') -> Span:
        """Return a context whose duration is measured.

        Args:
            subject: the first label; the second is the outcome.
            detail: a name for the span, where such are kept; it is no label.
        """
        return _Measured(self, subject, detail) if self.exporters else UNMEASURED


class Span:
    """A context that is not measured."""

    __slots__ = ()

    def end_as(self, outcome: str) -> None:
        """Set the outcome; without this call it is `ok`, or `failed` or `cancelled` if the body raises."""

    def __enter__(self) -> Span:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


UNMEASURED: Final = Span()


class _Measured(Span):
    """A context whose duration goes to the exporters of a timer."""

    __slots__ = ('_began', '_detail', '_finish', '_outcome', '_subject', '_timer')

    def __init__(self, timer: Timer, subject: str, detail: str) -> None:
        self._timer = timer
        self._subject = subject
        self._detail = detail
        self._outcome = ''

    def end_as(self, outcome: str) -> None:
        self._outcome = outcome

    def __enter__(self) -> Span:
        self._finish = [exporter.begin(self._timer, self._subject, self._detail) for exporter in self._timer.exporters]
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._began
        raised = 'cancelled' if isinstance(error, asyncio.CancelledError) else 'failed'
        labels = self._timer.bounded((self._subject, self._outcome or (raised if error else 'ok')))
        for finish in self._finish:
            finish(labels, seconds)


class Exporter(ABC):
    """A receiver of measurements. Its methods return at once, and raise nothing."""

    @abstractmethod
    def add(self, counter: Counter, labels: Labels, amount: float) -> None:
        """Receive a number of events."""

    @abstractmethod
    def set(self, gauge: Gauge, labels: Labels, value: float) -> None:
        """Receive a present value."""

    @abstractmethod
    def observe(self, timer: Timer, labels: Labels, seconds: float) -> None:
        """Receive a duration."""

    def begin(self, timer: Timer, subject: str, detail: str) -> Finish:
        """Receive the beginning of a span; return the function that receives its end."""
        return lambda labels, seconds: self.observe(timer, labels, seconds)


class Metrics:
    """The instruments of a process.

    Attributes:
        is_on: whether there is an exporter.
    """

    def __init__(self) -> None:
        self.is_on = False
        self.processes = Gauge('processes', 'Server processes, by version of the app.', ('build',))
        self.start_time = Gauge(
            'start_time', 'The time at which the latest server process started.', unit='s', of_many='max'
        )
        self.event_loop_lag = Timer('event_loop_lag', 'Delay of a timer, while the event loop was busy.')
        self.connections = Gauge('connections', 'Connected tabs.')
        self.closed = Counter('closed_connections', 'Connections that the server has closed.', ('reason',))
        self.websocket_bytes = Counter('websocket', 'Text sent to and received from tabs.', ('direction',), unit='By')
        self.records = Gauge('records', 'Records in memory.')
        self.edits = Counter('edits', 'Edits of tabs, by outcome.', ('outcome',))
        self.commits = Timer('commit', 'Commits in a backend.', ('backend', 'outcome'))
        self.backend_errors = Counter('backend_errors', 'Failed calls of a backend.', ('backend', 'operation'))
        self.feed_losses = Counter('feed_losses', 'Losses of commits by the feed of a shared backend.', ('backend',))
        self.calls = Timer('call', "Calls of the app's functions by tabs.", ('kind', 'outcome'))
        self.pages = Timer('page', 'Requests of pages.', ('kind', 'outcome'))

    @property
    def instruments(self) -> list[Instrument]:
        """All instruments."""
        return [each for each in vars(self).values() if isinstance(each, Instrument)]

    def export_to(self, exporter: Exporter) -> None:
        """Send all measurements from now on to an exporter, too."""
        for instrument in self.instruments:
            instrument.exporters = (*instrument.exporters, exporter)
        self.is_on = True


METRICS: Final = Metrics()
"""The instruments of this process."""
