"""Where bounces go, and the mark that they bring back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages_by_hand import make_message
from smtp_servers import RealServer, ScriptedServer

from crmlib.channels import Secret, SmtpChannel
from crmlib.channels._message_mark import find_mark, marks_in_address, read_mark, write_mark
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import Outcome

KEY = "0123456789abcdef0123456789abcdef"
SECRET = Secret("the secret of the return path")
WITH_KEY = "bounces+{message_key}@bounces.example"


def envelope_and_mark(key: str = KEY, **settings: str) -> tuple[str, str]:
    """Send a message to a real server; give the sender on the envelope, and the header."""
    with RealServer() as server, SmtpChannel("127.0.0.1", server.port, **settings) as channel:
        (receipt,) = channel.send([make_message(key=key)])
        content = server.inbox.envelopes[0].content
    assert receipt.outcome is Outcome.ACCEPTED, receipt.detail
    assert b'From: "Shop"\r\n <shop@example.org>\r\n' in content
    head = content.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    mark = next(line.partition(": ")[2] for line in head if line.startswith("X-Crmlib-Key: "))
    return server.inbox.envelopes[0].mail_from, mark


def test_bounces_go_to_the_sender_by_default() -> None:
    """Without a return path the envelope has the address of the header."""
    assert envelope_and_mark() == ("shop@example.org", KEY)


def test_a_return_path_may_be_one_for_all() -> None:
    """An address without the key is the same for every message."""
    settings = {"return_path": "bounces@bounces.example"}

    assert envelope_and_mark(**settings) == ("bounces@bounces.example", KEY)


def test_each_message_may_have_its_own() -> None:
    """With the key in it, a bounce that quotes nothing is told by where it arrives."""
    address, mark = envelope_and_mark(return_path=WITH_KEY)

    assert (address, mark) == (f"bounces+{KEY}@bounces.example", KEY)
    assert find_mark(marks_in_address(address)) == KEY


def test_marks_are_signed_with_the_secret() -> None:
    """Envelope and header carry a signature, which nobody else can make."""
    address, mark = envelope_and_mark(return_path=WITH_KEY, return_path_secret=SECRET.reveal())

    assert address == f"bounces+{mark}@bounces.example"
    assert mark == write_mark(KEY, SECRET) != KEY
    assert find_mark(marks_in_address(address), SECRET) == KEY
    assert read_mark(mark, Secret("another")) is None


def test_a_long_key_is_shortened_on_the_envelope() -> None:
    """The part before the @ stays within what the standard allows; the header has the key."""
    key = "k" * 60
    address, mark = envelope_and_mark(
        key, return_path=WITH_KEY, return_path_secret=SECRET.reveal()
    )

    assert len(address.partition("@")[0]) <= 64
    assert read_mark(mark, SECRET) == key


@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "bounces@{message_key}.example",
        "the-long-name-of-a-mailbox-for-bounces+{message_key}@shop.example",
    ],
)
def test_a_return_path_that_cannot_be(address: str) -> None:
    """What is no address with a key in it is refused before anything is sent."""
    with pytest.raises(InvalidParameterError, match="return_path must be an e-mail address, with"):
        SmtpChannel(return_path=address)


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        (None, f"RET=HDRS ENVID={KEY}"),
        (SECRET, f"RET=HDRS ENVID={write_mark(KEY, SECRET).replace('=', '+3D')}"),
    ],
)
def test_a_server_that_knows_dsn_gets_the_mark(secret: Secret | None, words: str) -> None:
    """The envelope id of RFC 3461 comes back in the bounce; "=" is written as xtext has it."""
    with (
        ScriptedServer(extensions=["DSN"]) as server,
        SmtpChannel("127.0.0.1", server.port, return_path_secret=secret) as channel,
    ):
        (receipt,) = channel.send([make_message(key=KEY)])

    assert receipt.outcome is Outcome.ACCEPTED
    assert f"MAIL FROM:<shop@example.org> {words}" in server.commands[0]


@given(st.text(min_size=1, max_size=80))
def test_a_mark_is_read_as_it_was_written(key: str) -> None:
    """Every key has a mark that stands in one word, signed or not."""
    plain, signed = write_mark(key), write_mark(key, SECRET)

    assert read_mark(plain) == read_mark(signed) == read_mark(signed, SECRET) == plain
    assert read_mark(plain, SECRET) is None
    assert signed.isascii()
    assert not set(signed) & set(' @<>"\r\n')
