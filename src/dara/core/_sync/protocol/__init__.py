"""The wire protocol: JSON text frames, each one message or an array of messages.

`client/src/protocol.ts` is its counterpart; docs/protocol.md describes both.
"""

from typing import Final

VERSION: Final = 1
