"""How long a reply may take and be."""

from __future__ import annotations

from typing import Any

import pytest
from messages_by_hand import make_message
from smtp_servers import ScriptedServer

from crmlib.channels import SmtpChannel
from crmlib.channels._reply_lines import ReplyLines
from crmlib.messages import Outcome


class DrippingSocket:
    """Gives one byte after each 0.3 seconds of a clock that it is itself."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        """Give the time."""
        return self.now

    def settimeout(self, seconds: float) -> None:
        """Note the wait."""
        self.waits.append(seconds)

    def recv(self, _: int) -> bytes:
        """Give the next byte."""
        self.now += 0.3
        first, self.octets = self.octets[:1], self.octets[1:]
        return first


def _lines(octets: bytes) -> tuple[DrippingSocket, Any]:
    sock: Any = DrippingSocket(octets)
    lines = ReplyLines(sock, clock=sock)
    lines.begin(1.0)
    return sock, lines


def test_a_reply_that_drips_is_given_up() -> None:
    """One byte after another does not make the wait longer than the time-out."""
    sock, lines = _lines(b"250 " * 100)

    with pytest.raises(TimeoutError, match="took too long"):
        lines.readline(100)
    # the first wait is the time-out of the socket itself
    assert sock.waits == pytest.approx([0.7, 0.4, 0.1])
    assert lines.has_cut_time


def test_lines_are_given_one_by_one() -> None:
    """A line ends at its line feed, at the limit, or where the other side is gone."""
    _, lines = _lines(b"a\nbcd")
    found = [lines.readline(100)]
    lines.begin(1.0)
    found += [lines.readline(2), lines.readline(100)]
    lines.begin(1.0)

    assert [*found, lines.readline(100)] == [b"a\n", b"bc", b"d", b""]


def test_a_reply_without_end_is_given_up() -> None:
    """A reply of more than 64 KiB is no reply: what became of the message is unknown."""
    endless = "\r\n".join(["250-" + "x" * 500] * 200)
    with ScriptedServer({"BODY": endless}) as server:
        channel = SmtpChannel(host="127.0.0.1", port=server.port)
        (receipt,) = channel.send([make_message()])
        channel.close()

    assert receipt.outcome is Outcome.UNKNOWN
    assert "more than 65536 bytes" in str(receipt.detail)


def test_a_size_beyond_all_numbers() -> None:
    """A limit of 5,000 digits is none that counts."""
    with (
        ScriptedServer(extensions=["SIZE " + "9" * 5000]) as server,
        SmtpChannel(host="127.0.0.1", port=server.port) as channel,
    ):
        (receipt,) = channel.send([make_message()])

    assert receipt.outcome is Outcome.ACCEPTED
