"""The steps of a sender that can be seen from outside, and death at one of them."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine.default import DefaultDialect

if TYPE_CHECKING:
    from collections.abc import Callable


class Steps:
    """Count the steps of this process, and die at the chosen one without a word.

    Parameters
    ----------
    kill_at : int
        At which, from 1; 0: at none.

    Attributes
    ----------
    names : list of str
        What was reached so far.
    """

    def __init__(self, kill_at: int) -> None:
        self.kill_at = kill_at
        self.names: list[str] = []

    def reach(self, name: str) -> None:
        """Note the step *name*."""
        self.names.append(name)
        if len(self.names) == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Watch all that can be seen from outside: writes, commits, the witness, the wire.

        To be killed after one of them is to be killed before the next, so
        each is one step.  It cannot be undone: call it in a process that ends.
        """
        for method in ("do_execute", "do_execute_no_params", "do_executemany"):
            self._before(DefaultDialect, method, _is_write)
        self._before(DefaultDialect, "do_commit")
        for function in ("pwrite", "ftruncate", "fsync"):
            self._before(os, function)
        for method in ("connect", "getreply"):
            self._before(smtplib.SMTP, method)
        self._halve()

    def _before(self, owner: Any, name: str, counts: Callable[[str], bool] = bool) -> None:
        """Make a step of each call of ``owner.name`` whose words count."""
        real = getattr(owner, name)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            words = next((arg for arg in args if isinstance(arg, str)), name)
            if counts(words):
                self.reach(" ".join([name, *words.split()[:2]]))
            return real(*args, **kwargs)

        setattr(owner, name, wrapped)

    def _halve(self) -> None:
        """Make steps before and in the middle of what goes on the wire."""
        real = socket.socket.sendall

        def sendall(wire: socket.socket, octets: bytes, *flags: int) -> None:
            middle = len(octets) // 2
            self.reach("sendall")
            real(wire, octets[:middle], *flags)
            self.reach("sendall the other half")
            real(wire, octets[middle:], *flags)

        socket.socket.sendall = sendall  # type: ignore[assignment,method-assign]  # this process ends soon


def _is_write(statement: str) -> bool:
    return statement.split(maxsplit=1)[0] in {"CREATE", "DELETE", "INSERT", "UPDATE"}
