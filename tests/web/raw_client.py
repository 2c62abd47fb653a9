"""A client that sends whatever it is told, as a server would hand it to the app."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import attrs
from sqlalchemy import select

from crmlib.delivery._schema import METADATA as LEDGER
from crmlib.warranty._schema import METADATA as REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anyio.from_thread import BlockingPortal
    from every_page import Site


@attrs.frozen(kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: str


@attrs.frozen(kw_only=True, eq=False)
class RawClient:
    """Speaks ASGI with an app, on the loop of *portal*."""

    app: Any
    portal: BlockingPortal

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: bytes = b"",
        headers: Iterable[tuple[bytes, bytes]] = (),
        pieces: Iterable[bytes] = (),
    ) -> Answer:
        """Send a request whose *path* is spelled as in its first line."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": unquote(path),  # as uvicorn does
            "raw_path": path.encode("ascii"),
            "query_string": query,
            "root_path": "",
            "headers": [(b"host", b"pages.example"), *headers],
            "client": ("192.0.2.1", 1),
            "server": ("pages.example", 443),
        }
        return self.portal.call(self._ask, scope, list(pieces) or [b""])

    async def _ask(self, scope: dict[str, Any], pieces: list[bytes]) -> Answer:
        status, headers, body = 0, {}, b""

        async def receive() -> dict[str, Any]:
            if not pieces:
                return {"type": "http.disconnect"}
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

        async def send(message: dict[str, Any]) -> None:
            nonlocal status, headers, body
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in message["headers"]}
            body += message.get("body", b"")

        await self.app(scope, receive, send)
        return Answer(status=status, headers=headers, body=body.decode())


def digest_of(site: Site) -> str:
    """Hash all rows of all tables, of the ledger and of the registry."""
    found = sha256()
    stores = {site.ledger.store: LEDGER, site.warranty.registry._store: REGISTRY}
    for store, tables in stores.items():
        with store.read() as connection:
            for table in tables.sorted_tables:
                rows = map(repr, connection.execute(select(table)))
                found.update("\n".join([table.name, *sorted(rows)]).encode())
    return found.hexdigest()
