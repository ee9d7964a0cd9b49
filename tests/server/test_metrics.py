"""Tests of metrics for Prometheus and OpenTelemetry, of health and of readiness."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import psutil
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from dara.components import Text
from dara.core import ConfigurationBuilder
from dara.core.asgi import create_app
from tests.conftest import Serve
from tests.forks import run
from tests.process import PATIENCE_SECONDS, AppServer, start_in_vain, unused_port
from tests.scraping import POLL_SECONDS, scrape, scraped
from tests.tab import connected, replace, value

BACKEND = 'backend=Flaky'


@pytest.fixture
def port() -> int:
    return unused_port()


def listening(server: AppServer) -> int:
    """Return the number of ports on which a server listens."""
    return sum(each.status == psutil.CONN_LISTEN for each in psutil.Process(server.pid).net_connections('inet'))


def end(*workers: psutil.Process) -> None:
    """Kill workers, and wait for their end: a request that one of them has taken is lost."""
    for worker in workers:
        worker.kill()
    psutil.wait_procs(workers, PATIENCE_SECONDS)


def test_there_are_no_metrics_by_default(serve: Serve) -> None:
    assert listening(serve('measured')) == 1


def test_disabled_metrics_are_not_served(serve: Serve, port: int) -> None:
    assert listening(serve('measured', '--disable-metrics', '--metrics-port', str(port))) == 1


async def test_edits_commits_and_connections_are_counted(serve: Serve, port: int) -> None:
    server = serve('flaky', DARA_METRICS_PORT=str(port))
    assert scrape(port)['dara_connections'] == 0
    async with connected(server.socket_url) as tab:
        note = await tab.subscribe('note')
        before = scrape(port)
        await tab.edit(note, replace('Hello'))
        await tab.receive('change')
        await tab.edit(note, {'op': 'test', 'path': [], 'value': 'other'})
        await tab.receive('reject')
        after = scrape(port)
        assert after['dara_connections'] == 1
    assert after['dara_edits_total outcome=committed'] == 1
    assert after['dara_edits_total outcome=test_failed'] == 1
    commits = f'dara_commit_seconds_count {BACKEND} outcome=ok'
    assert after[commits] - before.get(commits, 0) == 1
    assert 0 < after[f'dara_commit_seconds_sum {BACKEND} outcome=ok'] < PATIENCE_SECONDS
    assert after['dara_websocket_bytes_total direction=received'] > 100
    assert after['dara_websocket_bytes_total direction=sent'] > 100
    after = await scraped(port, lambda samples: samples['dara_connections'] == 0 and samples['dara_records'] == 1)
    assert after[f'dara_processes build={server.get("/_dara/health").json()["build"]}'] == 1
    assert abs(after['dara_start_time_seconds'] - psutil.Process(server.pid).create_time()) < PATIENCE_SECONDS
    await scraped(port, lambda samples: samples['dara_event_loop_lag_seconds_count'] >= 2)


async def test_calls_and_pages_are_timed(serve: Serve, port: int) -> None:
    server = serve('measured', DARA_METRICS_PORT=str(port))
    buttons, (rendering,) = server.buttons(), server.renderings()
    async with connected(server.socket_url) as tab:
        assert (await tab.call(buttons['Work'], value(None)))['type'] == 'result'
        assert (await tab.call(buttons['Break'], value(None)))['type'] == 'error'
        assert (await tab.call('twice', value(3)))['type'] == 'result'
        assert (await tab.call(rendering, value(3), slot='a'))['type'] == 'result'
    after = scrape(port)
    assert after['dara_call_seconds_count kind=action outcome=ok'] == 1
    assert after['dara_call_seconds_count kind=action outcome=failed'] == 1
    assert after['dara_call_seconds_count kind=derived outcome=ok'] == 1
    assert after['dara_call_seconds_count kind=py_component outcome=ok'] == 1
    assert after['dara_page_seconds_count kind=html outcome=2xx'] == 2
    server.get('/nowhere')
    assert scrape(port)['dara_page_seconds_count kind=html outcome=4xx'] == 1


async def test_a_failing_backend_is_reported_until_it_works_again(serve: Serve, port: int) -> None:
    """The server stays ready: the other servers have the same backend."""
    server = serve('flaky', DARA_METRICS_PORT=str(port))
    async with connected(server.socket_url) as tab:
        note = await tab.subscribe('note')
        (server.directory / 'broken').touch()
        n = await tab.edit(note, replace('Hello'))
        await tab.receive('retry')
        samples = scrape(port)
        assert samples[f'dara_backend_errors_total {BACKEND} operation=write'] == 1
        assert samples[f'dara_commit_seconds_count {BACKEND} outcome=failed'] == 1
        assert samples['dara_edits_total outcome=failed'] == 1
        degraded = {'status': 'degraded', 'failing': [{'backend': 'Flaky', 'operations': ['write']}]}
        server.page()  # its reads succeed
        assert server.get('/_dara/health').json().items() >= degraded.items()
        ready = server.get('/_dara/ready')
        assert (ready.status_code, ready.json()) == (200, degraded)
        (server.directory / 'broken').unlink()
        await tab.edit(note, replace('Hello'), n=n)
        await tab.receive('change')
    assert server.get('/_dara/health').json()['status'] == 'ok'
    assert server.get('/_dara/ready').json() == {'status': 'ready'}


async def test_metrics_are_served_while_the_event_loop_is_blocked(serve: Serve, port: int) -> None:
    server = serve('hanging', HANGS='an async action that never lets go', DARA_METRICS_PORT=str(port))
    async with connected(server.socket_url) as tab:
        await tab.send(type='call', id=1, target=server.buttons()['Go'], inputs=[value(None)])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (server.directory / 'begun').exists():
                await asyncio.sleep(POLL_SECONDS)
        assert scrape(port)['dara_connections'] == 1
        server.kill()


async def test_connections_that_the_server_closes_are_counted(serve: Serve, port: int) -> None:
    server = serve('measured', DARA_METRICS_PORT=str(port))
    async with connected(server.socket_url) as tab:
        await tab.send_text('nonsense')
        await tab.closed()
    assert scrape(port)['dara_closed_connections_total reason=protocol'] == 1


async def test_an_app_whose_lifespan_does_not_run_is_ready() -> None:
    """It opens its stores when they are needed."""
    config = ConfigurationBuilder()
    config.add_page('Home', content=Text('Hello'))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(config)), base_url='http://test') as client:
        answer = await client.get('/_dara/ready')
    assert (answer.status_code, answer.json()) == (200, {'status': 'ready'})


async def test_a_server_that_stops_is_not_ready(serve: Serve) -> None:
    """It still answers while it waits for a commit."""
    server = serve('hanging', HANGS='a backend')
    async with connected(server.socket_url) as tab:
        own = await tab.subscribe('hung')
        await tab.edit(own, replace('Hello'))
        assert (await asyncio.to_thread(server.get, '/_dara/ready')).status_code == 200
        psutil.Process(server.pid).send_signal(signal.SIGTERM)
        await tab.receive('bye')
        answer = await asyncio.to_thread(server.get, '/_dara/ready')
    server.kill()
    assert (answer.status_code, answer.json()) == (503, {'status': 'unavailable', 'reasons': ['stopping']})


async def test_all_workers_are_counted_together_even_if_one_dies(serve: Serve, port: int) -> None:
    server = serve('measured', '--workers', '2', DARA_METRICS_PORT=str(port))
    name = f'dara_processes build={server.get("/_dara/health").json()["build"]}'
    await scraped(port, lambda samples: samples.get(name) == 2)
    work = server.buttons()['Work']
    async with AsyncExitStack() as stack:
        tabs = [await stack.enter_async_context(connected(server.socket_url)) for _ in range(8)]
        for tab in tabs:
            assert (await tab.call(work, value(None)))['type'] == 'result'
        samples = await scraped(port, lambda samples: samples['dara_connections'] == 8)
        assert samples['dara_call_seconds_count kind=action outcome=ok'] == 8
        killed = max(psutil.Process(server.pid).children(), key=lambda worker: len(worker.net_connections('inet')))
        end(killed)
        samples = await scraped(port, lambda samples: samples['dara_connections'] < 8)
        assert samples['dara_call_seconds_count kind=action outcome=ok'] == 8
        await scraped(port, lambda samples: samples[name] == 2)
    samples = await scraped(port, lambda samples: samples['dara_connections'] == 0)
    assert samples['dara_call_seconds_count kind=action outcome=ok'] == 8
    assert samples['dara_call_seconds_bucket kind=action le=+Inf outcome=ok'] == 8
    end(*psutil.Process(server.pid).children())
    samples = await scraped(port, lambda samples: samples.get(name) == 2)
    assert samples['dara_call_seconds_count kind=action outcome=ok'] == 8
    assert server.stop() == 0


async def test_the_apps_own_metrics_are_served_too(serve: Serve, port: int) -> None:
    app = """
        import prometheus_client
        from dara.components import Text
        from dara.core import ConfigurationBuilder

        prometheus_client.Counter('orders', 'Orders.').inc(3)
        config = ConfigurationBuilder()
        config.add_page('Orders', content=Text('Orders'))
    """
    serve(app, DARA_METRICS_PORT=str(port))
    assert scrape(port)['orders_total'] == 3
    other = unused_port()
    serve(app, '--workers', '2', DARA_METRICS_PORT=str(other))
    await scraped(other, lambda samples: samples['orders_total'] == 6)


def test_a_port_that_is_taken_is_an_error(serve: Serve, tmp_path: Path) -> None:
    server = serve('measured')
    taken = server.url.rpartition(':')[2]
    ended = start_in_vain(server.directory, '--metrics-port', taken)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f'dara: cannot listen on 127.0.0.1:{taken}: ')
    assert ended.stderr.endswith('choose another with --metrics-port\n')


def test_a_missing_extra_is_an_error(tmp_path: Path) -> None:
    AppServer(tmp_path, 'measured')
    code = """
import sys
from dara.cli import main
sys.modules['prometheus_client'] = None
sys.argv[:] = ['dara', 'start', '--config', 'app:config', '--port', '0', '--metrics-port', '0']
main()
"""
    ended = run(['-c', code], cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == "dara: --metrics-port needs an extra: pip install 'dara-live[metrics]'\n"


class Receiver(ThreadingHTTPServer):
    """An OpenTelemetry receiver that keeps the metrics and spans that it gets."""

    def __init__(self) -> None:
        super().__init__(('127.0.0.1', 0), _Handler)
        self.metrics: Queue[dict[str, float]] = Queue()
        self.spans: Queue[Any] = Queue()
        self.url = f'http://127.0.0.1:{self.server_port}'


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers['Content-Length']))
        if self.path == '/v1/metrics':
            metrics = ExportMetricsServiceRequest.FromString(body)
            for resource in metrics.resource_metrics:
                self.server.metrics.put(dict(_points(resource)))
        else:
            traces = ExportTraceServiceRequest.FromString(body)
            for scope in (scope for resource in traces.resource_spans for scope in resource.scope_spans):
                for span in scope.spans:
                    self.server.spans.put(span)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def _points(resource: Any) -> Iterator[tuple[str, float]]:
    for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
        data = getattr(metric, metric.WhichOneof('data'))
        yield (
            metric.name,
            sum(getattr(point, 'count', 0) or point.as_int or point.as_double for point in data.data_points),
        )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={'poll_interval': 0.05})
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


TRACED = """
    from opentelemetry import trace
    from dara.components import Button, Stack
    from dara.core import ConfigurationBuilder, action

    @action
    def work(ctx):
        with trace.get_tracer('app').start_as_current_span('own'):
            pass

    config = ConfigurationBuilder()
    config.add_page('Traced', content=Stack(Button('Work', onclick=work())))
"""


async def test_metrics_and_spans_go_to_an_opentelemetry_receiver(serve: Serve, receiver: Receiver) -> None:
    server = serve(
        TRACED,
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url,
        OTEL_METRIC_EXPORT_INTERVAL='100',
        OTEL_BSP_SCHEDULE_DELAY='100',
    )
    async with connected(server.socket_url) as tab:
        assert (await tab.call(server.buttons()['Work'], value(None)))['type'] == 'result'
        assert await asyncio.to_thread(received, receiver, 'dara.call') == 1
    assert await asyncio.to_thread(parent_of, receiver, 'own') == 'dara call @action work'
    assert server.stop() == 0


def test_the_last_measurements_are_sent_when_the_server_stops(serve: Serve, receiver: Receiver) -> None:
    server = serve('measured', OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url)
    server.page()
    assert server.stop() == 0
    assert received(receiver, 'dara.page') == 1


def test_a_receiver_that_is_away_delays_nothing(serve: Serve) -> None:
    server = serve('measured', OTEL_EXPORTER_OTLP_ENDPOINT=f'http://127.0.0.1:{unused_port()}')
    server.page()
    assert server.stop() == 0


def test_a_protocol_that_is_not_supported_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    AppServer(tmp_path, 'measured')
    monkeypatch.setenv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:4317')
    monkeypatch.setenv('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc')
    ended = start_in_vain(tmp_path)
    assert (ended.returncode, ended.stderr) == (
        2,
        'dara: OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not supported: set http/protobuf, and its port\n',
    )


def received(receiver: Receiver, name: str) -> float:
    """Return the value of a metric as soon as the receiver has got it."""
    while True:
        metrics = receiver.metrics.get(timeout=PATIENCE_SECONDS)
        if name in metrics:
            return metrics[name]


def parent_of(receiver: Receiver, name: str) -> str:
    """Return the name of the span above a span as soon as the receiver has got both."""
    spans: dict[bytes, Any] = {}
    while True:
        got = receiver.spans.get(timeout=PATIENCE_SECONDS)
        spans[got.span_id] = got
        child = next((span for span in spans.values() if span.name == name), None)
        if child is not None and child.parent_span_id in spans:
            return str(spans[child.parent_span_id].name)
