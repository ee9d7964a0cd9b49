"""Tests of the network that other tests break: it is slow, cut or stalled exactly when they say so."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.network import Network
from tests.process import PATIENCE_SECONDS

Ends = tuple[StreamReader, StreamWriter]


@asynccontextmanager
async def echo(port: int = 0) -> AsyncIterator[str]:
    """Start a server that sends back all that it receives, and breaks its connections at the end."""
    talking: set[asyncio.Task[None]] = set()

    async def answer(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        talking.add(task)
        try:
            while data := await reader.read(1000):
                writer.write(data)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(answer, '127.0.0.1', port)
    yield 'http://127.0.0.1:{1}'.format(*server.sockets[0].getsockname())
    server.close()
    for task in talking:
        task.cancel()
    await asyncio.gather(*talking)
    await server.wait_closed()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Ends]:
    reader, writer = await asyncio.open_connection('127.0.0.1', int(url.rpartition(':')[2]))
    yield reader, writer
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()


async def answers(url: str, text: bytes) -> bool:
    async with connected(url) as (reader, writer):
        writer.write(text)
        return await reader.readline() == text


async def is_lost(ends: Ends) -> bool:
    """Wait for the end of the connection; return whether it ended without data."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await ends[0].read() == b''
    except ConnectionError:
        return True


async def test_data_arrive_late_and_in_order() -> None:
    """Each direction has its own delay; a hundred lines that are in flight together keep their order."""
    async with (
        echo() as server,
        Network(server, delay=0.05, jitter=0.04) as network,
        connected(network.url) as (reader, writer),
    ):
        began = asyncio.get_running_loop().time()
        for i in range(100):
            writer.write(b'%d\n' % i)
            await asyncio.sleep(0)
        heard = [int(await reader.readline()) for _ in range(100)]
        assert heard == list(range(100))
        assert asyncio.get_running_loop().time() - began >= 0.02


async def test_a_cut_breaks_connections_and_keeps_new_ones_out() -> None:
    async with echo() as server, Network(server, delay=0.2) as network:
        async with connected(network.url) as ends:
            ends[1].write(b'lost\n')
            while not network.connections:
                await asyncio.sleep(0)
            network.cut()
            assert await is_lost(ends)
        async with connected(network.url) as ends:
            assert await is_lost(ends)
        assert network.refused
        network.mend()
        assert await answers(network.url, b'there\n')


async def test_a_drop_lets_clients_connect_again() -> None:
    async with echo() as server, Network(server) as network:
        async with connected(network.url) as ends:
            ends[1].write(b'x\n')
            assert await ends[0].readline() == b'x\n'
            network.drop()
            assert await is_lost(ends)
        assert await answers(network.url, b'y\n')


async def test_a_stall_holds_data_back_and_loses_none() -> None:
    async with echo() as server, Network(server) as network, connected(network.url) as (reader, writer):
        network.stall()
        writer.write(b'later\n')
        line = asyncio.ensure_future(reader.readline())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(line), 0.1)
        network.resume()
        assert await line == b'later\n'


async def test_the_server_behind_the_network_may_restart() -> None:
    """Connections to the stopped server end; later ones reach the new server."""
    async with echo() as server:
        pass
    async with Network(server) as network:
        async with connected(network.url) as ends:
            assert await is_lost(ends)
        async with echo(int(server.rpartition(':')[2])):
            assert await answers(network.url, b'again\n')


@pytest.mark.parametrize('way', ['up', 'down'])
async def test_a_line_carries_one_way(way: str) -> None:
    """Of a request and its answer, one is held back; neither is lost."""
    async with echo() as server, Network(server) as network, connected(network.url) as (reader, writer):
        network.stall(up=way == 'up', down=way == 'down')
        writer.write(b'later\n')
        line = asyncio.ensure_future(reader.readline())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(line), 0.1)
        network.resume()
        assert await line == b'later\n'


async def test_a_silent_line_takes_everything_and_answers_nothing() -> None:
    """On connections old and new, which break afterwards: their data is lost."""
    async with echo() as server, Network(server) as network, connected(network.url) as old:
        old[1].write(b'x\n')
        assert await old[0].readline() == b'x\n'
        network.swallow()
        async with connected(network.url) as new:
            for reader, writer in (old, new):
                writer.write(b'lost\n')
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(reader.read(1), 0.05)
            network.mend()
            assert await is_lost(old)
            assert await is_lost(new)
        assert await answers(network.url, b'y\n')
