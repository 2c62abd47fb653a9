"""What became of an e-mail is decided by how far it got."""

from typing import Any
from unittest import mock

import pytest
from messages_by_hand import make_message
from smtp_servers import DROP, SILENT, ScriptedServer

from crmlib.channels import SmtpChannel
from crmlib.channels._smtp_session import SmtpSession
from crmlib.messages import DeliveryReceipt, Outcome

LARGE = "x" * 70 + "\n"


def _channel(server: ScriptedServer, **settings: Any) -> SmtpChannel:
    return SmtpChannel("127.0.0.1", server.port, timeout_seconds=0.25, ehlo_name="me", **settings)


@pytest.mark.parametrize(
    ("script", "outcome", "detail"),
    [
        ({}, "accepted", "250 2.0.0 taken"),
        ({"GREETING": "554 go away"}, "retry", "cannot connect: 554 go away"),
        ({"GREETING": "421 busy"}, "retry", "cannot connect: 421 busy"),
        ({"GREETING": SILENT}, "retry", "cannot connect: SMTPServerDisconnected: Connection "),
        ({"GREETING": DROP}, "retry", "cannot connect: SMTPServerDisconnected: Connection "),
        ({"EHLO": DROP}, "retry", "cannot greet the server: SMTPServerDisconnected: Connection"),
        ({"EHLO": "500 what", "HELO": "502 what"}, "retry", "cannot greet the server: 502 what"),
        ({"EHLO": "500 what"}, "accepted", "250 2.0.0 taken"),
        ({"MAIL": "451 later"}, "retry", "MAIL: 451 later"),
        ({"MAIL": "550 never"}, "rejected", "MAIL: 550 never"),
        ({"MAIL": "530 log in first"}, "retry", "MAIL: 530 log in first"),
        ({"MAIL": "421 closing"}, "retry", "MAIL: 421 closing"),
        ({"MAIL": "111 what"}, "retry", "MAIL: 111 what"),
        ({"MAIL": "nonsense"}, "retry", "MAIL: -1 ense"),
        ({"MAIL": "2" * 9000}, "retry", "connection lost before the end: 500 Line too long."),
        ({"RCPT": "450 4.2.1 later"}, "retry", "RCPT: 450 4.2.1 later"),
        ({"RCPT": "550 5.1.1 nobody"}, "rejected", "RCPT: 550 5.1.1 nobody"),
        ({"RCPT": "251 forwarded"}, "accepted", "250 2.0.0 taken"),
        ({"RCPT": SILENT}, "retry", "connection lost before the end: SMTPServerDisconnected"),
        ({"RCPT": "550 no", "RSET": DROP}, "rejected", "RCPT: 550 no"),
        ({"RCPT": "550 no", "RSET": "500 what"}, "rejected", "RCPT: 550 no"),
        ({"DATA": "452 full"}, "retry", "DATA: 452 full"),
        ({"DATA": "554 none"}, "rejected", "DATA: 554 none"),
        ({"DATA": "250 what"}, "retry", "DATA: 250 what"),
        ({"DATA": DROP}, "retry", "connection lost before the end: SMTPServerDisconnected"),
        ({"READ": 1000}, "retry", "connection lost before the end: "),
        ({"BODY": "451 later"}, "retry", "451 later"),
        ({"BODY": "421 closing"}, "retry", "421 closing"),
        ({"BODY": "554 spam"}, "rejected", "554 spam"),
        ({"BODY": DROP}, "unknown", "no answer after the message was sent: SMTPServerDisconn"),
        ({"BODY": SILENT}, "unknown", "no answer after the message was sent: SMTPServerDisconn"),
        ({"BODY": "nonsense"}, "unknown", "an answer that is none: -1 ense"),
        ({"BODY": "354 go on"}, "unknown", "an answer that is none: 354 go on"),
        ({"BODY": "2" * 9000}, "unknown", "no answer after the message was sent: 500 Line too"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, dict) else "",
)
def test_the_phase_decides(script: dict[str, Any], outcome: str, detail: str) -> None:
    """4xx and broken connections before the final dot are retry, 5xx rejected, silence unknown."""
    message = make_message(body=LARGE * 200_000 if "READ" in script else "x")

    with ScriptedServer(script) as server, _channel(server) as channel:
        receipt = channel.send([message])[0]

    assert receipt.outcome == outcome
    assert receipt.key == message.key
    assert receipt.detail is not None
    assert receipt.detail.startswith(detail)


def test_only_a_whole_message_is_ever_taken() -> None:
    """A connection that breaks inside the body leaves the server without the final dot."""
    with ScriptedServer({"READ": 1000}) as server, _channel(server) as channel:
        channel.send([make_message(body=LARGE * 200_000)])

    assert server.bodies == []


def test_nobody_listens() -> None:
    """A port that is closed makes every message of the batch a retry."""
    with ScriptedServer() as server:
        pass

    with _channel(server) as channel:
        receipts = channel.send([make_message(key="a"), make_message(key="b")])

    assert [(receipt.key, str(receipt.outcome)) for receipt in receipts] == [
        ("a", "retry"),
        ("b", "retry"),
    ]
    assert receipts[0].detail == receipts[1].detail
    assert "Connection refused" in str(receipts[0].detail)


def _send_three(channel: SmtpChannel) -> list[DeliveryReceipt]:
    return channel.send([make_message(key=key) for key in "abc"])


def test_one_connection_serves_a_batch_and_the_next() -> None:
    """The connection stays open over batches and is left politely."""
    with ScriptedServer() as server, _channel(server) as channel:
        first = _send_three(channel)
        second = _send_three(channel)

    assert {receipt.outcome for receipt in first + second} == {Outcome.ACCEPTED}
    assert len(server.commands) == 1
    assert server.commands[0][-1] == "QUIT"
    assert len(server.bodies) == 6


def test_several_connections_share_a_batch() -> None:
    """Each of three connections gets its share, stays, and the receipts keep the order."""
    keys = [f"k{number}" for number in range(10)]
    with (
        ScriptedServer(extensions=["PIPELINING"]) as server,
        SmtpChannel("127.0.0.1", server.port, connections=3, timeout_seconds=5) as channel,
    ):
        for _ in range(2):
            receipts = channel.send([make_message(key=key) for key in keys])
            one = channel.send([make_message()])

    assert [receipt.key for receipt in receipts] == keys
    assert {receipt.outcome for receipt in receipts + one} == {Outcome.ACCEPTED}
    assert len(server.commands) == 3
    assert len(server.bodies) == 22


def test_a_refusal_does_not_touch_its_neighbours() -> None:
    """After one refused recipient the others go through on the same connection."""
    script = {"RCPT": ["250 ok", "550 nobody", "250 ok"]}

    with ScriptedServer(script) as server, _channel(server) as channel:
        receipts = _send_three(channel)

    assert [str(receipt.outcome) for receipt in receipts] == ["accepted", "rejected", "accepted"]
    assert len(server.commands) == 1
    assert server.commands[0].count("RSET") == 1


@pytest.mark.parametrize(
    ("script", "outcome", "connections"),
    [
        ({}, ["accepted"] * 3, 1),
        ({"MAIL": ["250 ok", "451 later", "250 ok"]}, ["accepted", "retry", "accepted"], 2),
        (
            {"RCPT": ["250 ok", "550 no", "250 ok"], "DATA": ["354 go", "554 none", "354 go"]},
            ["accepted", "rejected", "accepted"],
            1,
        ),
        ({"DATA": ["354 go", "451 later", "354 go"]}, ["accepted", "retry", "accepted"], 1),
        ({"RCPT": ["250 ok", "550 no", "250 ok"]}, ["accepted", "rejected", "accepted"], 2),
    ],
    ids=["fine", "sender", "recipient", "data", "recipient, and it wants the text"],
)
def test_commands_that_go_at_once(
    script: dict[str, Any], outcome: list[str], connections: int
) -> None:
    """A server that takes commands in a row gets them so, and no text for what it refused."""
    last = {"DATA": "354 go"}
    with (
        ScriptedServer(script, last, extensions=["PIPELINING"]) as server,
        _channel(server) as channel,
    ):
        receipts = _send_three(channel)

    assert [str(receipt.outcome) for receipt in receipts] == outcome
    assert len(server.commands) == connections
    assert len(server.bodies) == outcome.count("accepted")


@pytest.mark.parametrize("farewell", [DROP, "421 you were idle"])
def test_a_connection_that_went_stale_is_replaced(farewell: str) -> None:
    """A server that closes an idle connection costs no message its turn."""
    with (
        ScriptedServer({"MAIL": ["250 ok", farewell]}, {}) as server,
        _channel(server) as channel,
    ):
        receipts = _send_three(channel)

    assert [str(receipt.outcome) for receipt in receipts] == ["accepted"] * 3
    assert len(server.commands) == 2
    assert len(server.bodies) == 3


def test_an_unknown_is_not_sent_again() -> None:
    """A message whose answer is missing stays unknown; the next one gets a new connection."""
    with ScriptedServer({"BODY": ["250 ok", DROP]}, {}) as server, _channel(server) as channel:
        receipts = _send_three(channel)

    assert [str(receipt.outcome) for receipt in receipts] == ["accepted", "unknown", "accepted"]
    assert len(server.bodies) == 3


def test_a_door_that_closes_is_tried_once() -> None:
    """When a new connection fails in mid-batch the rest is retry, without one wait each."""
    scripts = ({"BODY": ["250 ok", DROP]}, {"GREETING": "421 busy"})

    with ScriptedServer(*scripts) as server, _channel(server) as channel:
        receipts = channel.send([make_message(key=key) for key in "abcd"])

    assert [str(receipt.outcome) for receipt in receipts] == [
        "accepted",
        "unknown",
        "retry",
        "retry",
    ]
    assert len(server.commands) == 2


def test_an_interrupted_message_is_never_finished() -> None:
    """Ctrl-C inside a message closes the connection, so that no other text completes it."""
    with ScriptedServer() as server, _channel(server) as channel:
        with (
            mock.patch.object(SmtpSession, "_push", side_effect=KeyboardInterrupt),
            pytest.raises(KeyboardInterrupt),
        ):
            channel.send([make_message(key="a")])
        receipt = channel.send([make_message(key="b")])[0]

    assert receipt.outcome is Outcome.ACCEPTED
    assert len(server.commands) == 2
    assert len(server.bodies) == 1


def test_an_interruption_while_waiting_closes_as_well() -> None:
    """Ctrl-C while the last answer is awaited closes the connection too."""
    real = SmtpSession._push

    def interrupted(session: SmtpSession, octets: bytes, flags: int = 0) -> None:
        real(session, octets, flags)
        if octets == b".\r\n":
            raise KeyboardInterrupt

    with ScriptedServer() as server, _channel(server) as channel:
        with (
            mock.patch.object(SmtpSession, "_push", interrupted),
            pytest.raises(KeyboardInterrupt),
        ):
            channel.send([make_message(key="a")])
        channel.send([make_message(key="b")])

    assert len(server.commands) == 2


def test_a_message_above_the_size_limit_is_rejected() -> None:
    """What the server announces as too large is not even begun."""
    with (
        ScriptedServer(extensions=["SIZE 2000"]) as server,
        _channel(server) as channel,
    ):
        small, large = channel.send([make_message(), make_message(body=LARGE * 100)])

    assert small.outcome is Outcome.ACCEPTED
    assert large.outcome is Outcome.REJECTED
    assert "bytes are more than the 2000 that the server takes" in str(large.detail)
    assert any(
        line.startswith("MAIL FROM:<shop@example.org> size=") for line in server.commands[0]
    )


def test_answers_are_kept_without_addresses() -> None:
    """What a server says about a mailbox is kept without naming it."""
    reply = "550 5.1.1 <mina.kim@example.com>: user Mina.Kim unknown\x07, not minakimono"
    message = make_message(address="mina.kim@example.com")

    with ScriptedServer({"RCPT": reply}) as server, _channel(server) as channel:
        receipt = channel.send([message])[0]

    assert receipt.detail == "RCPT: 550 5.1.1 … user … unknown, not …kimono"


def test_an_unusable_message_is_refused_without_a_connection() -> None:
    """One unsafe text rejects that message, and the batch goes on."""
    messages = [
        make_message(key="a", subject="x\nBcc: eve@example.com"),
        make_message(key="b", address="no address"),
        make_message(key="c"),
    ]

    with ScriptedServer() as server, _channel(server) as channel:
        receipts = channel.send(messages)

    assert [str(receipt.outcome) for receipt in receipts] == ["rejected", "rejected", "accepted"]
    assert [receipt.detail for receipt in receipts[:2]] == [
        (
            "subject holds control characters, line ends or bidi controls; write it on one line, "
            "without control characters"
        ),
        "recipient.address cannot be used: it is no e-mail address",
    ]
    assert len(server.bodies) == 1


def test_dots_that_begin_lines_arrive() -> None:
    """A line of one dot does not end the message (RFC 5321, 4.5.2)."""
    html = "<p>.</p>\n.\n..\n.x"

    with ScriptedServer() as server, _channel(server) as channel:
        receipt = channel.send([make_message(html=html, body="a\n.\nb")])[0]

    assert receipt.outcome is Outcome.ACCEPTED
    assert len(server.bodies) == 1
