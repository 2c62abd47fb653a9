"""What is kept of requests: neither addresses of people, nor tokens, nor what was sent."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING

from starlette.requests import Request

from crmlib.exceptions import LedgerUnavailableError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from crmlib.web._site import Site

LOGGER = logging.getLogger("crmlib.web")


class RequestLog:
    """Note each request by the name of its page; turn what fails into a page without traces."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and note what was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def note_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        except Exception as error:  # noqa: BLE001 -- whatever it is, nobody reads its traces
            _log_failure(error)
            if status:  # part of the answer is out already
                raise ConnectionAbortedError from None
            code = 503 if isinstance(error, LedgerUnavailableError) else 500
            headers = {"Retry-After": "60"} if code == 503 else None  # noqa: PLR2004
            answer = self._site.render_error(Request(scope), code, headers)
            await answer(scope, receive, note_status)
        LOGGER.info("%s %s %d", scope["method"], _page(scope), status)


def _page(scope: Scope) -> str:
    endpoint = scope.get("endpoint")
    return getattr(endpoint, "__qualname__", "nothing")


def _log_failure(error: Exception) -> None:
    """Log where it failed; the text of an unknown error may hold anything."""
    if isinstance(error, LedgerUnavailableError):
        LOGGER.error("%s", error)
        return
    frames = "".join(traceback.format_tb(error.__traceback__))
    LOGGER.error("%s\n%s", type(error).__qualname__, frames)
