"""`--metrics-port`: the measurements of all workers, in the format of Prometheus."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from http.server import ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dara.core._fleet import workers_folder
from dara.core._metrics import METRICS, SECONDS, Counter, Exporter, Gauge, Instrument, Labels, Timer
from dara.core.errors import InvalidConfig
from dara.core.persistence.locks import locked

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

FOLDER: Final = 'PROMETHEUS_MULTIPROC_DIR'
"""The variable with the folder of the files in which each worker keeps its measurements, read by prometheus_client."""
REQUEST_SECONDS: Final = 10
ENDED: Final = 'ended'
TOTALS: Final = ('counter', 'histogram', 'summary')
UNITS: Final = {'': '', 's': '_seconds', 'By': '_bytes'}


def check_installed() -> None:
    """Check that the extra is installed.

    Raises:
        InvalidConfig: it is not.
    """
    if find_spec('prometheus_client') is None:
        raise InvalidConfig("--metrics-port needs an extra: pip install 'dara-live[metrics]'")


def share_measurements() -> None:
    """Have workers add their measurements up. Called before anything imports `prometheus_client`."""
    shared = workers_folder()
    if shared:
        folder = shared / 'metrics'
        folder.mkdir(exist_ok=True)
        os.environ[FOLDER] = str(folder)


def serve(listener: socket.socket) -> None:
    """Measure, and answer requests at `listener` in a thread of their own, even while the event loop is blocked.

    Workers share the socket. Whichever gets a request answers for all, so that none is missed when it ends.
    """
    from prometheus_client.exposition import MetricsHandler

    class Handler(MetricsHandler):
        timeout = REQUEST_SECONDS
        registry = _registry()

    server = ThreadingHTTPServer(listener.getsockname()[:2], Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    METRICS.export_to(PrometheusExporter(METRICS.instruments))
    threading.Thread(target=server.serve_forever, name='dara-metrics', daemon=True).start()


class PrometheusExporter(Exporter):
    """The counters, gauges and histograms of `prometheus_client`."""

    def __init__(self, instruments: list[Instrument]) -> None:
        self._metrics: dict[Instrument, Any] = {each: _metric(each) for each in instruments}
        self._series: dict[tuple[Instrument, Labels], Any] = {}

    def add(self, counter: Counter, labels: Labels, amount: float) -> None:
        self._of(counter, labels).inc(amount)

    def set(self, gauge: Gauge, labels: Labels, value: float) -> None:
        self._of(gauge, labels).set(value)

    def observe(self, timer: Timer, labels: Labels, seconds: float) -> None:
        self._of(timer, labels).observe(seconds)

    def _of(self, instrument: Instrument, labels: Labels) -> Any:
        series = self._series.get((instrument, labels))
        if series is None:
            metric = self._metrics[instrument]
            series = self._series[instrument, labels] = metric.labels(*labels) if labels else metric
        return series


def _metric(instrument: Instrument) -> Any:
    import prometheus_client

    name, about = f'dara_{instrument.name}{UNITS[instrument.unit]}', instrument.description
    if isinstance(instrument, Timer):
        return prometheus_client.Histogram(name, about, instrument.labels, buckets=SECONDS)
    if isinstance(instrument, Gauge):
        mode = 'livesum' if instrument.of_many == 'sum' else 'livemax'
        return prometheus_client.Gauge(name, about, instrument.labels, multiprocess_mode=mode)  # type: ignore[arg-type]
    return prometheus_client.Counter(name, about, instrument.labels)


def _registry() -> CollectorRegistry:
    """Return the registry to show: that of this process, with the app's own metrics, or that of all workers."""
    from prometheus_client import REGISTRY, CollectorRegistry

    if workers_folder() is None:
        return REGISTRY
    registry = CollectorRegistry()
    registry.register(_OfAllWorkers(Path(os.environ[FOLDER])))
    return registry


class _OfAllWorkers:
    """A collector of the measurements of all workers: of those that have ended, only the totals."""

    def __init__(self, folder: Path) -> None:
        from prometheus_client.multiprocess import MultiProcessCollector

        collector: Any = MultiProcessCollector
        self._folder = folder
        self._files = collector(None, str(folder))

    def collect(self) -> Any:
        with locked(self._folder / 'lock'):
            for file in self._folder.glob('*.db'):
                kind, _, pid = file.stem.rpartition('_')
                if pid != ENDED and not _is_running(int(pid)):
                    self._retire(file, kind)
            return self._files.collect()

    def _retire(self, file: Path, kind: str) -> None:
        """Drop the present values of a worker that has ended, and add its totals to those of others before it."""
        if kind in TOTALS:
            from prometheus_client.mmap_dict import MmapedDict

            files: Any = MmapedDict
            ended = files(str(self._folder / f'{kind}_{ENDED}.db'))
            for key, value, *_ in files.read_all_values_from_file(str(file)):
                ended.write_value(key, ended.read_value(key)[0] + value, 0)
            ended.close()
        if kind in TOTALS or kind.startswith('gauge_live'):
            file.unlink()


def _is_running(pid: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
