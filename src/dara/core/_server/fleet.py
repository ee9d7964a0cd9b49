"""The servers that serve one app over one database: what they have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from dara.core._jobs.jobs import Jobs
from dara.core._server.common_throttle import CommonThrottle
from dara.core._server.sessions import Sessions
from dara.core._shared_folder import SharedFolder

if TYPE_CHECKING:
    from dara.core.persistence.shared import SharedBackend


@asynccontextmanager
async def joined(
    backend: SharedBackend | None, folder: SharedFolder, sessions: Sessions, throttle: CommonThrottle, jobs: Jobs
) -> AsyncIterator[None]:
    """Be one of the servers of an app, if its database is one that servers share.

    Raises:
        BackendFailed: the database cannot be read.
        InvalidConfig: servers on several hosts need a folder that they share, and have none.
    """
    if backend is None:
        yield
        return
    from dara.core._server.hosts import Hosts  # loaded when used
    from dara.core._server.own_records import OwnRecords
    from dara.core._server.shared_jobs import SharedJobs

    async with (
        OwnRecords(backend) as own,
        Hosts(own, folder).joined() as hosts,
        SharedJobs(own, hosts, jobs, folder).joined(),
        sessions.shared_through(own),
        throttle.shared_through(own),
    ):
        yield
