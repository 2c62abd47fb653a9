"""Messages posted to a server of one's own: signed, and to public addresses only."""

import json
import socket
import ssl
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest
from hmac_by_hand import hmac_sha256
from http_servers import FakeServer, RefusedError, Request, Response
from messages_by_hand import make_message

from crmlib.channels import Sent, WebhookChannel, WebhookSmsChannel, send_each
from crmlib.channels._public_addresses import is_public, read_networks
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Button, Message, Outcome
from crmlib.testing import channel_checks

SECRET = "canary-hunter-2"
NOW = 1_700_000_000
HERE = {"allowed_networks": "127.0.0.0/8"}


def test_the_vector_of_the_standard() -> None:
    """The tests' own HMAC gives what RFC 4231, test case 2, gives."""
    assert hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def receiver(request: Request) -> Response:
    """Take what is signed, whole and addressed, as the page on webhooks says."""
    timestamp = request.headers["crmlib-timestamp"]
    signed = hmac_sha256(SECRET.encode(), timestamp.encode() + b"." + request.body).hex()
    if (request.method, request.path) != ("POST", "/crm?shop=1"):
        raise RefusedError(404, {})
    if request.headers["crmlib-signature"] != f"v1={signed}" or abs(int(timestamp) - NOW) > 300:
        raise RefusedError(403, {"error": "signature"})
    if request.headers["content-type"] != "application/json":
        raise RefusedError(415, {})
    if request.headers["idempotency-key"] != request.json["key"]:
        raise RefusedError(400, {"error": "key"})
    return Response(202, {"id": f"hook-{request.json['key']}"})


def make_channel(
    server: FakeServer, kind: type[WebhookChannel] = WebhookChannel, **settings: Any
) -> WebhookChannel:
    """Make a channel to *server*, at a fixed moment."""
    channel = kind(f"{server.url}/crm?shop=1", SECRET, **(HERE | settings))
    channel._clock = lambda: float(NOW)
    return channel


def test_a_message_arrives_signed_and_whole() -> None:
    """Every field of the message is in the body, and the answer's id is kept."""
    message = make_message(
        button=Button(label="보기", url="https://shop.example/"), html="<p>é</p>"
    )
    with FakeServer(receiver) as server, make_channel(server) as channel:
        (receipt,) = channel.send([message])

    assert receipt.outcome is Outcome.ACCEPTED
    assert receipt.provider_id == "hook-0123456789abcdef"
    assert server.accepted[0].json == json.loads(json.dumps(attrs.asdict(message)))


def _flip(text: bytes, place: int) -> bytes:
    return text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]


def test_one_wrong_byte_is_refused() -> None:
    """The receiver takes our request and none that differs by a byte of body or signature."""
    with FakeServer(receiver) as server, make_channel(server) as channel:
        channel.send([make_message()])
        ours = server.accepted[0]
        body = attrs.evolve(ours, body=_flip(ours.body, 20))
        signature = ours.headers["crmlib-signature"].encode()
        forged = ours.headers | {"crmlib-signature": _flip(signature, -1).decode()}
        later = ours.headers | {"crmlib-timestamp": str(NOW + 1)}

        for wrong in (body, *(attrs.evolve(ours, headers=each) for each in (forged, later))):
            with pytest.raises(RefusedError, match="signature"):
                receiver(wrong)

    assert receiver(ours).status == 202


def test_a_wrong_secret_may_be_tried_again() -> None:
    """A refused signature is a fault of the settings: no message is lost, the rest waits."""
    with FakeServer(receiver) as server:
        channel = WebhookChannel(f"{server.url}/crm?shop=1", "another", **HERE)
        with channel:
            receipts = channel.send([make_message(key=key) for key in "abc"])

    assert [receipt.outcome for receipt in receipts] == [Outcome.RETRY] * 3
    assert receipts[2].detail == "not tried, as one before it met: HTTP 403"
    assert len(server.requests) == 1


def test_a_server_that_wants_to_wait_is_not_asked_again() -> None:
    """After a 429 the others wait as long, and none of them leaves."""
    busy = Response(429, {}, {"Retry-After": "30"})
    with FakeServer(receiver, None, busy) as server, make_channel(server) as channel:
        receipts = channel.send([make_message(key=key) for key in "abcd"])

    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED] + [Outcome.RETRY] * 3
    assert [receipt.retry_after_seconds for receipt in receipts] == [None, 30.0, 30.0, 30.0]
    assert len(server.requests) == 2


def test_several_connections_keep_the_order() -> None:
    """Over four connections the receipts still come in the order of the messages."""
    keys = [f"m{number}" for number in range(40)]
    with FakeServer(receiver) as server, make_channel(server, connections=4) as channel:
        receipts = channel.send([make_message(key=key) for key in keys])

    assert [receipt.key for receipt in receipts] == keys
    assert [receipt.provider_id for receipt in receipts] == [f"hook-{key}" for key in keys]
    assert server.connections <= 4


def test_an_interruption_lets_nothing_more_begin() -> None:
    """What breaks one of several connections ends the batch; the rest has not left."""
    begun = []

    def send_one(message: Message) -> Sent:
        begun.append(message.key)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_each([make_message(key=str(number)) for number in range(1000)], send_one, 2)

    assert len(begun) <= 2


def test_keys_that_no_header_can_hold_are_hashed() -> None:
    """A key in another alphabet goes as a hash, always the same."""
    with (
        FakeServer(lambda _: Response(200)) as server,
        make_channel(server) as channel,
    ):
        channel.send([make_message(key="열쇠\r\nEvil: 1")] * 2)

    first, second = (request.headers["idempotency-key"] for request in server.requests)

    assert first == second
    assert len(first) == 32


@pytest.mark.parametrize("answer", [b"", b"[]", b'{"id": true}', b"<html>"])
def test_an_answer_without_an_id_is_a_yes_as_well(answer: bytes) -> None:
    """The status alone accepts."""
    with (
        FakeServer(lambda _: Response(200, answer)) as server,
        make_channel(server) as channel,
    ):
        (receipt,) = channel.send([make_message()])

    assert (receipt.outcome, receipt.provider_id) == (Outcome.ACCEPTED, None)


@pytest.mark.parametrize("kind", [WebhookChannel, WebhookSmsChannel])
def test_webhooks_conform(kind: type[WebhookChannel]) -> None:
    """The webhook channels keep every promise, to a strict receiver on loopback."""
    with FakeServer(receiver) as server:
        make = partial(make_channel, server, kind)
        for check in channel_checks(make, secrets=[SECRET]):
            check()


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254"),
        *("100.64.0.1", "100.100.100.200", "0.0.0.0", "255.255.255.255", "224.0.1.1"),
        *("168.63.129.16", "192.0.0.192", "198.18.0.1", "240.0.0.1", "192.0.2.1"),
        *("::1", "::", "::127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"),
        *("64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::"),
        *("fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
        *("2001::1", "100::1", "3fff::1"),
    ],
)
def test_addresses_of_an_inside_are_refused(address: str) -> None:
    """Private, loopback, metadata, shared and reserved addresses are no place for a webhook."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_public_addresses_will_do(address: str) -> None:
    """What the internet routes is allowed."""
    assert is_public(address)


def test_networks_that_are_named_will_do() -> None:
    """A network of one's own is allowed by naming it, also in its mapped spelling."""
    networks = read_networks("allowed_networks", ["10.0.0.0/8", "fd00::/8"])

    assert is_public("10.1.2.3", networks)
    assert is_public("::ffff:10.1.2.3", networks)
    assert is_public("fd00::1", networks)
    assert not is_public("192.168.0.1", networks)


def test_an_inner_server_is_not_reached_unless_allowed() -> None:
    """The name is looked up, its address is refused, and no byte leaves."""
    with FakeServer(receiver) as server:
        channel = WebhookChannel(f"{server.url}/crm?shop=1", SECRET)
        with channel:
            (receipt,) = channel.send([make_message()])

    assert receipt.outcome is Outcome.RETRY
    assert "leads to an address that is not public" in str(receipt.detail)
    assert server.connections == 0


def test_a_name_with_one_inner_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads outside and inside as well is refused whole."""

    def resolve(*_args: object, **_kwargs: object) -> list[Any]:
        return [(2, 1, 6, "", (address, 443)) for address in ("93.184.215.14", "169.254.169.254")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with WebhookChannel("https://rebind.example/", SECRET) as channel:
        (receipt,) = channel.send([make_message()])

    assert "not public" in str(receipt.detail)


def test_the_address_that_was_checked_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, server_tls: ssl.SSLContext
) -> None:
    """One look-up serves check and connection; Host and certificate are those of the name."""
    real, asked = socket.getaddrinfo, []
    seen = []

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host != "localhost":
            return real(host, port, *args, **kwargs)
        asked.append(host)
        # a second look-up would lead elsewhere
        return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "127.0.0.9", port))]

    server_tls.sni_callback = lambda _socket, name, _context: seen.append(name)
    with FakeServer(lambda _: Response(200), tls=server_tls) as server:
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        url = f"https://localhost:{server.port}/"
        with closing(WebhookChannel(url, SECRET, ca_file=certificate, **HERE)) as channel:
            receipts = channel.send([make_message(key=key) for key in "ab"])

    assert [receipt.outcome for receipt in receipts] == [Outcome.ACCEPTED] * 2
    assert asked == ["localhost"]
    assert seen == ["localhost"]
    assert server.requests[0].headers["host"] == f"localhost:{server.port}"


def test_redirects_are_not_followed() -> None:
    """A server that sends us elsewhere is not obeyed."""
    elsewhere = Response(307, {}, {"Location": "http://169.254.169.254/latest/meta-data"})
    with FakeServer(receiver, elsewhere) as server, make_channel(server) as channel:
        (receipt,) = channel.send([make_message()])

    assert receipt.outcome is Outcome.RETRY
    assert "redirects are not followed" in str(receipt.detail)
    assert len(server.requests) == 1


def test_how_long_a_key_lives_is_the_receivers_word() -> None:
    """The capability is that of this channel, not of its class."""
    channel = WebhookChannel.from_settings(
        {"url": "https://shop.example", "secret": SECRET, "idempotency_seconds": "600"}
    )

    assert channel.capabilities.idempotency_seconds == 600
    assert WebhookChannel.capabilities.idempotency_seconds == 0


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"url": "http://shop.example/hook"}, "url must be an https address"),
        ({"url": "shop.example/hook-canary"}, "url must be an address such as"),
        ({"url": "https://shop.example/훅"}, "url must be an address such as"),
        ({"secret": ""}, "secret must be a text that is not empty"),
        ({"allowed_networks": "10.0.0.1/8"}, "allowed_networks must be networks such as"),
        ({"allowed_networks": 7}, "allowed_networks must be networks such as"),
        ({"idempotency_seconds": -1}, "idempotency_seconds must be seconds from 0 to 2678400"),
    ],
    ids=["plain", "no scheme", "Korean", "no secret", "host bits", "number", "negative"],
)
def test_settings_that_cannot_be(settings: dict[str, Any], text: str) -> None:
    """A wrong setting is named with what would do, and a key in a path is not repeated."""
    with pytest.raises(InvalidParameterError) as caught:
        WebhookChannel(**({"url": "https://shop.example/", "secret": SECRET} | settings))

    assert str(caught.value).startswith(text)
    assert "canary" not in str(caught.value)


def test_http_will_do_within_networks_of_ones_own() -> None:
    """Who names networks may speak plainly inside them."""
    channel = WebhookChannel(
        "http://receiver.internal/hook", SECRET, allowed_networks="10.0.0.0/8"
    )

    assert repr(channel) == "WebhookChannel(url='http://receiver.internal/…')"
