"""The death of a process at a chosen system call, for tests of crashes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any, Final

CALLS: Final = ('write', 'writev', 'fsync', 'fdatasync', 'ftruncate', 'replace', 'unlink')
_write, _writev = os.write, os.writev


def kill_at_call(number: Callable[[], int], *, tears: bool = False) -> None:
    """Make this process kill itself at its n-th call of the functions in `CALLS`.

    Args:
        number: the function that returns n at each call, or 0 while calls do not count.
        tears: whether a write that is the n-th call writes a half of its data.
    """
    calls = 0

    def watched(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal calls
            n = number()
            calls += bool(n)
            if n and calls == n:
                if tears and function in (_write, _writev):
                    content = b''.join(arguments[1]) if function is _writev else bytes(arguments[1])
                    _write(arguments[0], content[: len(content) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)

        return call

    for name in CALLS:
        setattr(os, name, watched(getattr(os, name)))
