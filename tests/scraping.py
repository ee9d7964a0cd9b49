"""The metrics of a server, as Prometheus reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.process import NO_TLS, PATIENCE_SECONDS

Samples: TypeAlias = dict[str, float]
"""Values by series, such as `dara_edits_total outcome=committed`."""
POLL_SECONDS = 0.05


def scrape(port: int) -> Samples:
    """Return the present values."""
    text = httpx.get(f'http://127.0.0.1:{port}/metrics', timeout=PATIENCE_SECONDS, verify=NO_TLS).text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {
        ' '.join([each.name, *(f'{key}={each.labels[key]}' for key in sorted(each.labels))]): each.value
        for each in samples
    }


async def scraped(port: int, until: Callable[[Samples], bool]) -> Samples:
    """Scrape until a condition holds; return the values.

    Raises:
        TimeoutError: it never does.
    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(httpx.TransportError):  # the worker that took the request has ended
                samples = await asyncio.to_thread(scrape, port)
                if until(samples):
                    return samples
            await asyncio.sleep(POLL_SECONDS)
