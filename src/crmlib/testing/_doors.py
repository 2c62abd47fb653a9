"""The doors of the process, shut for a while."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NoReturn
from unittest import mock

from crmlib.exceptions import ConformanceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOORS = (
    "builtins.open",
    "io.open",
    "os.open",
    "os.mkdir",
    "socket.create_connection",
    "socket.getaddrinfo",
    "socket.socket.bind",
    "socket.socket.connect",
    "sqlite3.connect",
    "subprocess.Popen",
)
"""What leads out of the process."""


@contextmanager
def shut_doors(expected: str, way_out: str) -> Iterator[None]:
    """Let nobody out: whoever tries does not do what is *expected*, even if it swallows the error.

    Raises
    ------
    ConformanceError
        If a door is tried.
    """
    tried: list[str] = []

    def shut(door: str) -> Callable[..., NoReturn]:
        def refuse(*_args: object, **_kwargs: object) -> NoReturn:
            tried.append(door)
            raise ConformanceError(expected, f"a call of {door}", way_out)

        return refuse

    try:
        with ExitStack() as doors:
            for door in DOORS:
                doors.enter_context(mock.patch(door, shut(door)))
            yield
    finally:
        if tried:  # whatever became of it: the error may have been swallowed
            raise ConformanceError(expected, f"calls of {tried}", way_out)
