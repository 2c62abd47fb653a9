"""A limit on what one request may send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from crmlib.web._site import Site

MOST_BYTES: Final = 32_768
_MOST_DIGITS: Final = 9


class BodyLimit:
    """Refuse bodies that are too large, whether or not they say so at once.

    Parameters
    ----------
    app : ASGIApp
    site : Site
    most : mapping of str to int
        Bytes by path; for others it is :data:`MOST_BYTES`.
    """

    def __init__(self, app: ASGIApp, site: Site, most: Mapping[str, int]) -> None:
        self._app = app
        self._site = site
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is small enough."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        most = self._most.get(path, MOST_BYTES)
        told = request.headers.get("content-length", "0")
        if not told.isdecimal() or len(told) > _MOST_DIGITS or int(told) > most:
            await self._site.render_error(request, 413)(scope, receive, send)
            return
        read = 0

        async def receive_little() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_little, send)
