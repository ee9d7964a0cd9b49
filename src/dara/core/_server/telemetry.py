"""OpenTelemetry: measurements and spans, sent to the receiver that the standard variables name."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from typing import Any, Final

from dara.core._metrics import METRICS, SECONDS, Counter, Exporter, Finish, Gauge, Instrument, Labels, Timer
from dara.core.errors import InvalidConfig

ENDPOINT: Final = 'OTEL_EXPORTER_OTLP_ENDPOINT'
ENDPOINTS: Final = {signal: f'OTEL_EXPORTER_OTLP_{signal}_ENDPOINT' for signal in ('METRICS', 'TRACES')}
PROTOCOLS: Final = [f'OTEL_EXPORTER_OTLP_{name}PROTOCOL' for name in ('', 'METRICS_', 'TRACES_')]
SPOKEN: Final = 'http/protobuf'
INSTANCE: Final = 'service.instance.id'
FLUSH_SECONDS: Final = 2
FAILURES: Final = ('failed', 'backend')
logger = logging.getLogger('dara')


class Telemetry:
    """The export by OpenTelemetry, if the environment asks for it and the extra is installed.

    A provider that the app has set up itself is used as it is.

    Raises:
        InvalidConfig: the environment asks for a protocol that the extra does not have.
    """

    def __init__(self) -> None:
        self._flushes: list[Callable[[], object]] = []
        asked = [signal for signal in ENDPOINTS if _is_asked_for(signal)]
        if not asked:
            return
        if find_spec('opentelemetry') is None or find_spec('opentelemetry.exporter') is None:
            logger.warning("%s has no effect without an extra: pip install 'dara-live[otel]'", ENDPOINT)
            return
        _check_protocol()
        if 'METRICS' in asked:
            self._send_metrics()
        if 'TRACES' in asked:
            self._send_spans()
        if not any(isinstance(each, OpenTelemetryExporter) for each in METRICS.edits.exporters):
            METRICS.export_to(OpenTelemetryExporter(METRICS.instruments))

    async def flush(self) -> None:
        """Send what was measured last, if the receiver takes it soon."""
        loop, sent = asyncio.get_running_loop(), asyncio.Event()

        def send() -> None:
            for flush in self._flushes:
                flush()
            with suppress(RuntimeError):  # the loop was closed meanwhile
                loop.call_soon_threadsafe(sent.set)

        if self._flushes:
            threading.Thread(target=send, name='dara-otel', daemon=True).start()
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_SECONDS):
                    await sent.wait()

    def _send_metrics(self) -> None:
        from opentelemetry import metrics
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

        if not isinstance(metrics.get_meter_provider(), MeterProvider):
            reader = PeriodicExportingMetricReader(OTLPMetricExporter())
            provider = MeterProvider([reader], _resource(), shutdown_on_exit=False)  # `flush` takes less time
            metrics.set_meter_provider(provider)
            self._flushes.append(provider.force_flush)

    def _send_spans(self) -> None:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        if not isinstance(trace.get_tracer_provider(), TracerProvider):
            provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
            provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
            trace.set_tracer_provider(provider)
            self._flushes.append(provider.force_flush)


class OpenTelemetryExporter(Exporter):
    """The counters, gauges and histograms of OpenTelemetry, and spans around whatever is measured."""

    def __init__(self, instruments: list[Instrument]) -> None:
        from opentelemetry import metrics, trace

        self._tracer = trace.get_tracer('dara')
        meter = metrics.get_meter('dara')
        self._instruments: dict[Instrument, Any] = {each: _instrument(meter, each) for each in instruments}

    def add(self, counter: Counter, labels: Labels, amount: float) -> None:
        self._instruments[counter].add(amount, _attributes(counter, labels))

    def set(self, gauge: Gauge, labels: Labels, value: float) -> None:
        self._instruments[gauge].set(value, _attributes(gauge, labels))

    def observe(self, timer: Timer, labels: Labels, seconds: float) -> None:
        self._instruments[timer].record(seconds, _attributes(timer, labels))

    def begin(self, timer: Timer, subject: str, detail: str) -> Finish:
        """Begin a span. Spans that the app's code begins meanwhile are below it."""
        from opentelemetry import context, trace

        span = self._tracer.start_span(' '.join(filter(None, ('dara', timer.name, detail or subject))))
        token = context.attach(trace.set_span_in_context(span))

        def finish(labels: Labels, seconds: float) -> None:
            self.observe(timer, labels, seconds)
            context.detach(token)
            span.set_attributes(_attributes(timer, labels))
            if labels[-1] in FAILURES:
                span.set_status(trace.StatusCode.ERROR)
            span.end()

        return finish


def _is_asked_for(signal: str) -> bool:
    if os.environ.get('OTEL_SDK_DISABLED', '').lower() == 'true' or os.environ.get(f'OTEL_{signal}_EXPORTER') == 'none':
        return False
    return bool(os.environ.get(ENDPOINT) or os.environ.get(ENDPOINTS[signal]))


def _check_protocol() -> None:
    for name in PROTOCOLS:
        protocol = os.environ.get(name) or SPOKEN
        if protocol != SPOKEN:
            raise InvalidConfig(f'{name}={protocol} is not supported: set {SPOKEN}, and its port')


def _resource() -> Any:
    """Return the description of this process; those of workers differ, so that none replaces another's values."""
    from opentelemetry.sdk.resources import Resource

    resource = Resource.create()
    return resource if INSTANCE in resource.attributes else resource.merge(Resource({INSTANCE: secrets.token_hex(16)}))


def _instrument(meter: Any, instrument: Instrument) -> Any:
    about = {'name': f'dara.{instrument.name}', 'unit': instrument.unit, 'description': instrument.description}
    if isinstance(instrument, Timer):
        return meter.create_histogram(**about, explicit_bucket_boundaries_advisory=SECONDS)
    return meter.create_gauge(**about) if isinstance(instrument, Gauge) else meter.create_counter(**about)


def _attributes(instrument: Instrument, labels: Labels) -> dict[str, str]:
    return dict(zip(instrument.labels, labels, strict=True))
