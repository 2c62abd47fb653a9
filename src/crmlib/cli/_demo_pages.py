"""The pages of the warranty demo, served on loopback."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from starlette.applications import Starlette


class DemoClock:
    """A clock that stands until it is set: nothing in the demo reads another."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


def listen() -> socket.socket:
    """Listen on a free port of 127.0.0.1."""
    return socket.create_server(("127.0.0.1", 0))


@contextmanager
def serve(app: Starlette, listening: socket.socket) -> Iterator[None]:
    """Serve *app* while the ``with`` block lasts."""
    config = uvicorn.Config(app, log_level=logging.CRITICAL, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listening.close()
