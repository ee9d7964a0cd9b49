"""The encoder: turns the results of the app's functions into JSON, in threads if they are large."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import orjson

from dara.core import _messages as messages
from dara.core._blocks import divided
from dara.core._calls import Call, RenderCall
from dara.core._json_parts import blocks_of, is_small, json_parts
from dara.core._sync.encoded import MESSAGE_BYTES, RESULT_BYTES, Divided, Encoded, EncodedResults, ResultTooLarge
from dara.core._sync.results import Computed
from dara.core._threads import Threads
from dara.core.errors import NotJson, TooLarge


class Encoder:
    """Encoder of the results of the app's functions. It keeps the large ones of DerivedVariables beside the results."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._encoded: EncodedResults[Encoded] = EncodedResults()
        self._divided: EncodedResults[Divided] = EncodedResults()

    async def result(self, call: Call, computed: Computed, known: Collection[str] | None = None) -> Encoded:
        """Encode the result of a DerivedVariable.

        Args:
            known: the names of the blocks that the tab has; `None` for a result that is not in blocks.

        Raises:
            NotJson: the result is no JSON.
            TooLarge: it is too large for a tab.
        """
        with naming(call):
            if is_small(computed.value):
                return Encoded.of(json_parts(computed.value))
            if known is None:
                return await self._encoded.get(computed, partial(self._encode, call))
            kept = await self._divided.get(computed, partial(self._divide, call))
            return await self._threads.run_for(call.function, kept.besides, known)

    async def part(self, call: Call, value: Any) -> Encoded:
        """Encode a part of a result. Raises what `result` does."""
        with naming(call):
            return Encoded.of(json_parts(value)) if is_small(value) else await self._encode(call, value)

    async def fragment(
        self, call: RenderCall, fragment: dict[str, Any], known: Collection[str] | None = None
    ) -> Encoded:
        """Encode a fragment, without the blocks `known`. Raises TooLarge."""
        stores = fragment['stores']
        static = {**fragment, 'stores': None}

        def encode() -> Encoded:
            if known is None:
                return Encoded.of([orjson.dumps(fragment)])
            frame, blocks = divided(static)
            # Blocks are what the app has made: the values of stores have versions of their own.
            return Divided({**(frame or static), 'stores': stores}, blocks if frame else ()).besides(known)

        with naming(call):
            if is_small(static) and len(orjson.dumps(stores)) <= MESSAGE_BYTES:
                return Encoded.of([orjson.dumps(fragment)])
            return await self._threads.run_for(call.function, encode)

    async def _encode(self, call: Call, value: Any) -> Encoded:
        return await self._threads.run_for(call.function, lambda: Encoded.of(json_parts(value)))

    async def _divide(self, call: Call, value: Any) -> Divided:
        return await self._threads.run_for(call.function, lambda: Divided(*blocks_of(value)))


@contextmanager
def naming(call: Call) -> Iterator[None]:
    """Name the call in the errors of its result.

    Raises:
        NotJson: the result is no JSON.
        TooLarge: the result is too large for a tab.
    """
    try:
        yield
    except NotJson as error:
        raise NotJson(f'{call.name} returned a value that cannot be shown: {error}') from error
    except ResultTooLarge:
        raise TooLarge(messages.result_too_large(call.name, RESULT_BYTES)) from None
