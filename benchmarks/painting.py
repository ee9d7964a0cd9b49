"""The frames of a page that Chromium paints, and their times, from the screencast of the DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
from io import BytesIO
from typing import Any, Final

from PIL import Image
from playwright.async_api import CDPSession, Page

_STILL_SECONDS: Final = 2.5


class Painting:
    """The frames of a page since the screencast began; a frame is recorded only if something has changed."""

    def __init__(self, devtools: CDPSession) -> None:
        self._devtools = devtools
        self._frames: list[tuple[float, bytes]] = []
        self._acknowledgements: set[asyncio.Task[Any]] = set()

    @classmethod
    async def of(cls, page: Page) -> Painting:
        """Begin to record the frames of a page."""
        painting = cls(await page.context.new_cdp_session(page))
        painting._devtools.on('Page.screencastFrame', painting._on_frame)
        await painting._devtools.send('Page.startScreencast', {'format': 'jpeg', 'quality': 60})
        return painting

    def _on_frame(self, frame: dict[str, Any]) -> None:
        self._frames.append((frame['metadata']['timestamp'], base64.b64decode(frame['data'])))
        done = self._devtools.send('Page.screencastFrameAck', {'sessionId': frame['sessionId']})
        task = asyncio.ensure_future(done)
        self._acknowledgements.add(task)
        task.add_done_callback(self._acknowledgements.discard)

    async def finished(self, area: tuple[int, int, int, int], patience: float) -> float:
        """Wait until the page is still, and return the time at which the area looked as at the end, since the epoch.

        Args:
            area: left, top, right and bottom, in pixels.
            patience: the seconds after which a page that is never still is taken as it is.
        """
        number, waited = -1, 0.0
        while number != len(self._frames) and waited < patience:
            number = len(self._frames)
            await asyncio.sleep(_STILL_SECONDS)
            waited += _STILL_SECONDS
        await self._devtools.send('Page.stopScreencast')
        pictures = [_cropped(content, area) for _, content in self._frames]
        first = len(pictures) - 1
        while first and pictures[first - 1] == pictures[-1]:
            first -= 1
        return self._frames[first][0]


def _cropped(content: bytes, area: tuple[int, int, int, int]) -> bytes:
    with Image.open(BytesIO(content)) as picture:
        return picture.crop(area).tobytes()
