"""What the web pages cost: requests per second, beside a bare page of Starlette.

One uvicorn process serves all; a client on the other core keeps sixteen
connections busy and reads each answer whole.  The certificate page verifies
the signature of its token and asks the registry; the opt-out page asks the
ledger; a one-click POST, each of another message, writes to it and syncs.
"""

import asyncio
import multiprocessing
import os
import socket
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "delivery"))

import uvicorn
from plans_to_deliver import NOON, Clock, FakeChannel, make_plan
from postgres_server import PostgresServer
from results import describe_machine, write_section
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

from crmlib.channels import MemoryChannel
from crmlib.delivery import Ledger, deliver
from crmlib.messages import Sender
from crmlib.opt_out_links import OptOutKeys
from crmlib.warranty import CodeSender, KeyRing, Piece, WarrantyRegistry
from crmlib.web import Brand, WarrantyDesk, create_app

CONNECTIONS = 16
ROUNDS = 2
REQUESTS = {"bare": 2_000, "certificate": 500, "opt-out": 500, "one-click": 150}
MESSAGES = ROUNDS * REQUESTS["one-click"]
NAMES = {
    "bare": "a bare page of Starlette",
    "certificate": "certificate page (verifies)",
    "opt-out": "opt-out page, GET",
    "one-click": "one-click opt-out, POST",
}
FORK = multiprocessing.get_context("fork")
OPT_OUT_KEYS, RING = OptOutKeys.generate(), KeyRing.generate()


def main() -> None:
    """Measure on both databases, print and keep the result."""
    with (
        closing(PostgresServer(in_memory=False)) as server,
        TemporaryDirectory() as folder,
    ):
        os.environ["XDG_STATE_HOME"] = folder
        places = {
            "SQLite": [f"sqlite:///{folder}/{name}.db" for name in ("crm", "warranty")],
            "PostgreSQL": [server.url(server.make_database()) for _ in range(2)],
        }
        rows = [row for name, urls in places.items() for row in measure(name, *urls)]
    text = "\n\n".join(
        [
            f"One process of uvicorn, {CONNECTIONS} connections over loopback from another "
            f"process, the best of {ROUNDS} rounds in turns; *of bare* is beside a page of one "
            "line by the same server, which does nothing else. *Server* is the processor time "
            "of the serving process a request.\n\n"
            "| database | request | requests/s | of bare | median, ms | 99 %, ms | server, ms |\n"
            "|---|---|---:|---:|---:|---:|---:|\n" + "\n".join(rows),
            describe_machine("crmlib", "starlette", "uvicorn", "sqlalchemy", "psycopg"),
        ]
    )
    print(text)
    write_section("web", text)


def measure(name: str, ledger_url: str, registry_url: str) -> list[str]:
    """Give a line of the table for each kind of request."""
    requests = prepare(ledger_url, registry_url)
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        child = FORK.Process(target=serve, args=(listening, ledger_url, registry_url), daemon=True)
        child.start()
        try:
            best = compare(listening.getsockname()[1], requests, child.pid)
        finally:
            child.kill()
            child.join()
    bare = best["bare"][0]
    return [
        f"| {name} | {NAMES[kind]} | {rate:,.0f} | {rate / bare:.2f} | "
        f"{1000 * waits[len(waits) // 2]:.1f} | {1000 * waits[len(waits) * 99 // 100]:.1f} | "
        f"{1000 * busy:.2f} |"
        for kind, (rate, waits, busy) in best.items()
    ]


def prepare(ledger_url: str, registry_url: str) -> dict[str, list[bytes]]:
    """Enter messages and certificates; give requests of each kind, enough for all rounds."""
    rows = {f"C{number:03}": {"message_key": f"{number:032x}"} for number in range(MESSAGES)}
    plan = make_plan(MESSAGES, channel="fake", rows=rows)
    with Ledger(ledger_url) as ledger:
        before = Clock(NOON - timedelta(days=1))
        channels = {"fake": FakeChannel()}
        deliver(plan, ledger, approved=plan.digest, channels=channels, clock=before)
    tokens = [OPT_OUT_KEYS.sign(key) for key in plan.table["message_key"]]
    now = datetime.now(UTC)
    with open_registry(registry_url) as registry:
        certificates = []
        for number in range(50):
            piece = Piece(
                gtin="9506000134352",
                serial=f"S{number}",
                valid_from=now,
                expires_at=now + timedelta(days=365),
            )
            issued = registry.issue(piece, at=now)
            certificates.append(registry.link(issued.warranty_id).token)
    return {
        "bare": [_request("GET", "/bare")],
        "certificate": [_request("GET", f"/w/{token}") for token in certificates],
        "opt-out": [_request("GET", f"/o/{token}") for token in tokens],
        "one-click": [_request("POST", f"/o/{t}", "List-Unsubscribe=One-Click") for t in tokens],
    }


def open_registry(url: str) -> WarrantyRegistry:
    """Open the registry."""
    return WarrantyRegistry(url, keys=RING, domain="https://localhost", busy_timeout_seconds=60)


def serve(listening: socket.socket, ledger_url: str, registry_url: str) -> None:
    """Serve the pages, and the bare one beside them."""
    with (
        Ledger(ledger_url, busy_timeout_seconds=60) as ledger,
        open_registry(registry_url) as registry,
    ):
        codes = CodeSender([MemoryChannel()], Sender(name="Shop", email="shop@example.com"))
        pages = create_app(
            ledger,
            brand=Brand(name="Shop", email="help@example.com"),
            opt_out_keys=OPT_OUT_KEYS,
            warranty=WarrantyDesk(registry=registry, codes=codes),
        )
        app = Starlette(routes=[Route("/bare", _bare), Mount("/", pages)])
        config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False)
        uvicorn.Server(config).run(sockets=[listening])


async def _bare(_) -> HTMLResponse:  # noqa: ANN001
    return HTMLResponse("<!doctype html><title>Bare</title><p>Here I am.</p>")


def compare(port: int, requests: dict[str, list[bytes]], pid: int) -> dict[str, tuple]:
    """Ask for each kind in turns; give the best rate of each, its waits and the server's time."""
    best: dict[str, tuple] = {}
    asyncio.run(_ask_all(port, [requests[kind][0] for kind in NAMES if kind != "one-click"] * 99))
    for place in range(ROUNDS):
        for kind, count in REQUESTS.items():
            several = requests[kind] * (ROUNDS * count // len(requests[kind]))
            chosen = several[place * count : (place + 1) * count]
            busy, start = _busy_seconds(pid), time.perf_counter()
            waits = asyncio.run(_ask_all(port, chosen))
            rate = count / (time.perf_counter() - start)
            busy = (_busy_seconds(pid) - busy) / count
            if kind not in best or rate > best[kind][0]:
                best[kind] = (rate, sorted(waits), busy)
    return best


async def _ask_all(port: int, requests: list[bytes]) -> list[float]:
    """Ask by all connections until none is left; give how long each took."""
    left, waits = iter(requests), []

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in left:
            start = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            waits.append(time.perf_counter() - start)
        writer.close()

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    return waits


def _request(method: str, path: str, body: str = "") -> bytes:
    form = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    extra = form if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{extra}\r\n{body}".encode("ascii")


def _busy_seconds(pid: int) -> float:
    """Give the processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
