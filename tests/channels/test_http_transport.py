"""A request says how far it got, and nothing is followed, kept or taken from outside."""

import itertools
import logging
import socket
import ssl
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from http_servers import (
    CUT,
    GARBAGE,
    HANG_UP,
    RESET,
    SILENT,
    FakeServer,
    Request,
    Response,
)

from crmlib.channels import HttpReply, HttpTransport
from crmlib.exceptions import InvalidParameterError, MissingExtraError
from crmlib.messages import Outcome

LARGE = b"x" * 6_000_000


def _echo(request: Request) -> Response:
    return Response(200, {"method": request.method, "path": request.path})


@pytest.mark.parametrize(
    ("fault", "content", "outcome", "is_sent", "status"),
    [
        (None, b"{}", Outcome.ACCEPTED, True, 200),
        (CUT, b"{}", Outcome.ACCEPTED, True, 200),
        (SILENT, b"{}", Outcome.UNKNOWN, True, None),
        (HANG_UP, b"{}", Outcome.UNKNOWN, True, None),
        (GARBAGE, b"{}", Outcome.UNKNOWN, True, None),
        (RESET, LARGE, Outcome.RETRY, False, None),
        (Response(201, {}), b"{}", Outcome.ACCEPTED, True, 201),
        (Response(302, {}, {"Location": "/elsewhere"}), b"{}", Outcome.RETRY, True, 302),
        (Response(400, {}), b"{}", Outcome.REJECTED, True, 400),
        (Response(401, {}), b"{}", Outcome.RETRY, True, 401),
        (Response(404, {}), b"{}", Outcome.RETRY, True, 404),
        (Response(408, {}), b"{}", Outcome.RETRY, True, 408),
        (Response(422, {}), b"{}", Outcome.REJECTED, True, 422),
        (Response(429, {}), b"{}", Outcome.RETRY, True, 429),
        (Response(500, {}), b"{}", Outcome.UNKNOWN, True, 500),
        (Response(502, {}), b"{}", Outcome.UNKNOWN, True, 502),
        (Response(503, {}), b"{}", Outcome.UNKNOWN, True, 503),
        (Response(503, {}, {"Retry-After": "60"}), b"{}", Outcome.RETRY, True, 503),
    ],
    ids=lambda value: (
        str(value.status) + ("+" if value.headers else "") if isinstance(value, Response) else None
    ),
)
def test_the_outcome_is_decided_by_phase_and_status(
    fault: Any, content: bytes, outcome: Outcome, is_sent: bool, status: int | None
) -> None:
    """Before the body is out a message may be tried again; after it nobody knows."""
    with (
        FakeServer(_echo, fault) as server,
        closing(HttpTransport(server.url, timeout_seconds=0.5)) as http,
    ):
        reply = http.request("POST", "/x", content=content)

    assert (reply.outcome, reply.is_sent, reply.status) == (outcome, is_sent, status)
    assert len(server.requests) == (fault != RESET)


def test_nobody_there_may_be_tried_again() -> None:
    """A refused connection and a name that nobody has leave nothing in doubt."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]

    for url in (f"http://127.0.0.1:{port}", f"https://{'a' * 64}.example"):
        reply = HttpTransport(url, timeout_seconds=5).request("POST", "/")

        assert reply.outcome is Outcome.RETRY
        assert reply.is_closed_door


def test_a_broken_answer_has_no_json() -> None:
    """What was cut in the middle is not read, though the status stands."""
    with (
        FakeServer(_echo, CUT, Response(200, b"{oops"), Response(200, b"[" * 100_000)) as server,
        closing(HttpTransport(server.url)) as http,
    ):
        answers = [http.request("POST", "/x").json() for _ in range(4)]

    assert answers == [None, None, None, {"method": "POST", "path": "/x"}]


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    """Four million bytes are enough, and the connection is given up."""
    with (
        FakeServer(_echo, Response(200, b" " * 4_100_000)) as server,
        closing(HttpTransport(server.url)) as http,
    ):
        reply = http.request("POST", "/x")
        http.request("POST", "/x")

    assert reply.problem == "an answer of more than 4,000,000 bytes"
    assert server.connections == 2


def test_connections_are_kept_and_replaced() -> None:
    """The next request goes over the same connection, or a new one after close()."""
    with FakeServer(_echo) as server, closing(HttpTransport(server.url)) as http:
        http.request("GET", "/1?a=b")
        http.request("DELETE", "/2", content=b"{}")
        kept = server.connections
        http.close()
        http.close()
        http.request("POST", "/3")

    assert [(each.method, each.path) for each in server.requests] == [
        ("GET", "/1?a=b"),
        ("DELETE", "/2"),
        ("POST", "/3"),
    ]
    assert (kept, server.connections) == (1, 2)


def test_the_whole_exchange_has_one_time() -> None:
    """A server that lets time pass with every step runs out of it, however short each step is."""
    ticks = itertools.count(step=0.4)
    with (
        FakeServer(_echo) as server,
        closing(
            HttpTransport(server.url, timeout_seconds=1, clock=lambda: float(next(ticks)))
        ) as http,
    ):
        reply = http.request("POST", "/x", content=b"x" * 200_000)

    assert reply.problem == "WriteTimeout: the exchange took too long"
    assert reply.outcome is Outcome.RETRY


def test_proxies_of_the_environment_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable sends messages through somebody else's machine."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with FakeServer(_echo) as server, closing(HttpTransport(server.url)) as http:
        assert http.request("POST", "/x").status == 200


def test_tls_is_checked(certificate: Path, server_tls: ssl.SSLContext) -> None:
    """A certificate that nobody signed is refused, unless it is the one to trust."""
    with FakeServer(_echo, tls=server_tls) as server:
        stranger = HttpTransport(server.url).request("POST", "/x")
        with closing(HttpTransport(server.url, ca_file=certificate)) as http:
            friend = http.request("POST", "/x")
        lost = HttpTransport(server.url, ca_file="/nowhere.pem").request("POST", "/x")

    assert stranger.outcome is Outcome.RETRY
    assert "CERTIFICATE_VERIFY_FAILED" in stranger.summary
    assert friend.status == 200
    assert lost.summary == "ca_file cannot be read (FileNotFoundError)"
    assert lost.outcome is Outcome.RETRY


def test_a_header_that_cannot_be_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    """A key with a line end in it sends nothing, and stands in no text."""
    caplog.set_level(logging.DEBUG)
    with FakeServer(_echo) as server, closing(HttpTransport(server.url)) as http:
        reply = http.request("POST", "/x", headers={"X-Key": "canary\r\nEvil: 1"})

    assert reply.outcome is Outcome.RETRY
    assert "canary" not in repr(reply) + reply.summary + caplog.text
    assert server.requests == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": f"Wed, 21 Oct 2026 07:28:00 +{'9' * 20}"}, None),
        ({"retry-after": f"Wed, 21 Oct {'9' * 20} 07:28:00 GMT"}, None),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT",
                "date": "Wed, 21 Oct 2026 07:27:00 GMT",
            },
            60.0,
        ),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT",
                "date": "Wed, 21 Oct 2026 07:29:00 GMT",
            },
            0.0,
        ),
        (
            {"retry-after": "Wed, 21 Oct 2026 07:28:00 -0000", "date": "Wed, 21 Oct 2026 07:27"},
            None,
        ),
    ],
    ids=[
        *("none", "seconds", "zero", "negative", "words", "huge", "far zone", "far year", "date"),
        *("date alone", "past", "no zone"),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    """Retry-After is read as seconds or as a date beside the server's own."""
    assert HttpReply(is_sent=True, status=429, headers=headers).retry_after_seconds == seconds


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example",
        "ftp://shop.example",
        "https://user:pw@shop.example",
        "https://shop.example/?a=b",
        "https://shop.example/#a",
        "https://상점.example",
        "https://shop.example/ a",
        "https://",
        "https://[::1",
        "https://shop.example:99999",
        "https://shop.example:0",
        "shop.example",
        "https://shop.example\\@evil.example",
    ],
)
def test_addresses_that_cannot_be(url: str) -> None:
    """A server is named by a plain address in TLS, and the error does not repeat it."""
    with pytest.raises(InvalidParameterError, match="base_url must be an https address") as caught:
        HttpTransport(url)

    assert url not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"connections": 0}, "connections must be a whole number from 1 to 64, got 0"),
        ({"connections": 1.5}, "connections must be a whole number from 1 to 64, got 1.5"),
        ({"timeout_seconds": "nan"}, "timeout_seconds must be a number of seconds above 0"),
    ],
    ids=["none", "half", "nan"],
)
def test_numbers_that_cannot_be(settings: dict[str, Any], text: str) -> None:
    """A wrong number is named with what would do."""
    with pytest.raises(InvalidParameterError) as caught:
        HttpTransport("https://shop.example", **settings)

    assert text in str(caught.value)


def test_without_the_extra_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not installed the extra learns its name before anything is planned."""
    monkeypatch.setitem(__import__("sys").modules, "crmlib.channels._wire", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'crmlib\[http\]'"):
        HttpTransport("https://shop.example")


def test_its_text_names_the_server() -> None:
    """The text of a transport names where it goes."""
    assert repr(HttpTransport("https://shop.example/v1/")) == (
        "HttpTransport('https://shop.example/v1')"
    )
