"""Test of some seconds of `make soak`, which runs for hours."""

from __future__ import annotations

from pathlib import Path

from tests.proof.soak import Soak


async def test_a_crowd_types_while_everything_breaks(tmp_path: Path) -> None:
    """I1-I3, I9: 35 tabs, two documents; lines break and stand still, and the server is killed twice."""
    soak = Soak(clients=35, seconds=12, seed=1, kills=2)
    await soak.run(tmp_path)
    assert soak.samples[-1].connected > 35, 'nobody had to reconnect'
