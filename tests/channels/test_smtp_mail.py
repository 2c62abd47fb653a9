"""What a real SMTP server receives, read by the e-mail parser of the standard library."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import Parser
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from messages_by_hand import make_message
from smtp_servers import RealServer

from crmlib.channels import SmtpChannel
from crmlib.messages import Message, Outcome, Purpose

URL = "https://shop.example.org/out?m=0123456789abcdef"


@pytest.fixture
def server() -> Iterator[RealServer]:
    """Run a real SMTP server for one test."""
    with RealServer() as server:
        yield server


def _receive(server: RealServer, message: Message, **settings: Any) -> EmailMessage:
    """Send *message* and parse what arrived."""
    with SmtpChannel("127.0.0.1", server.port, ehlo_name="me", **settings) as channel:
        receipt = channel.send([message])[0]
    assert receipt.outcome is Outcome.ACCEPTED, receipt.detail
    content = server.inbox.envelopes[-1].content
    assert isinstance(content, bytes)
    # as text, so that addresses in UTF-8 are read as such (RFC 6532)
    parsed = Parser(policy=policy.default).parsestr(content.decode())
    assert parsed["Message-ID"] == receipt.provider_id
    return parsed


def _text(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text.replace("\r\n", "\n").removesuffix("\n")


def test_korean_emoji_and_long_lines_arrive(server: RealServer) -> None:
    """Subject, names, text and HTML arrive as they were written."""
    subject = "(광고) 겨울 세일 😀 " + "가나다라마바사 " * 20 + "끝"
    body = "안녕하세요 😀\n.\n..\n" + "긴" * 3000 + "\n끝"
    html = "<p>안녕 😀</p>\n.\n" + "<b>x</b>" * 500
    message = make_message(
        name='김미나 "미" <b>, 씨', sender_name="가게, (주)", subject=subject, body=body, html=html
    )

    parsed = _receive(server, message)

    assert parsed["Subject"] == subject
    assert parsed["To"].addresses[0].display_name == '김미나 "미" <b>, 씨'
    assert parsed["From"].addresses[0].display_name == "가게, (주)"
    assert _text(parsed, "plain") == body
    assert _text(parsed, "html") == html
    assert parsed.get_content_type() == "multipart/alternative"
    assert not parsed.defects


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("Good morning", "quoted-printable"),
        ("café at a long table " * 30, "quoted-printable"),
        ("x" * 5000 + "\n.\n.hidden\r\nFrom here\r.", "quoted-printable"),
        ("안녕하세요", "base64"),
    ],
)
def test_text_alone_is_one_part(server: RealServer, body: str, encoding: str) -> None:
    """Without HTML the mail is one text part, readable in the raw where it can be."""
    parsed = _receive(server, make_message(body=body))

    assert parsed.get_content_type() == "text/plain"
    assert parsed["Content-Transfer-Encoding"] == encoding
    assert parsed.get_content().splitlines() == body.splitlines()


def test_every_line_is_short_enough(server: RealServer) -> None:
    """No line on the wire is longer than the 998 bytes that RFC 5322 allows."""
    message = make_message(body="x" * 5000, html="긴" * 5000, subject="s" * 900, opt_out_url=URL)

    _receive(server, message)

    content = server.inbox.envelopes[0].content
    assert isinstance(content, bytes)
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert content.count(b"\n") == content.count(b"\r\n")


def test_the_headers_are_exactly_these(server: RealServer) -> None:
    """An advertisement carries these headers, in this order, and no others."""
    parsed = _receive(server, make_message(opt_out_url=URL))

    assert parsed.keys() == [
        *("From", "To", "Subject", "Date", "Message-ID", "X-Crmlib-Key"),
        *("Auto-Submitted", "Precedence"),
        *("List-Unsubscribe", "List-Unsubscribe-Post"),
        *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
    ]
    assert parsed["From"] == "Shop <shop@example.org>"
    assert parsed["To"] == "Mina <mina@example.com>"
    assert parsed["Subject"] == "Hello"
    assert parsed["Message-ID"] == "<0123456789abcdef@example.org>"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Precedence"] == "bulk"
    assert parsedate_to_datetime(parsed["Date"]).tzinfo == UTC
    assert abs(datetime.now(UTC) - parsedate_to_datetime(parsed["Date"])).total_seconds() < 60


def test_one_click_opt_out(server: RealServer) -> None:
    """RFC 8058: the https address and the Post header come as a pair."""
    parsed = _receive(server, make_message(opt_out_url=URL))

    assert parsed["List-Unsubscribe"] == f"<{URL}>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_opt_out_by_mail_as_well(server: RealServer) -> None:
    """A mailbox for opting out stands behind the address on the web."""
    parsed = _receive(server, make_message(opt_out_url=URL), unsubscribe_email="out@example.org")

    assert parsed["List-Unsubscribe"] == (
        f"<{URL}>, <mailto:out@example.org?subject=unsubscribe%200123456789abcdef>"
    )


def test_opt_out_by_mail_alone_is_no_click(server: RealServer) -> None:
    """Without an address on the web there is nothing to click."""
    parsed = _receive(server, make_message(), unsubscribe_email="out@example.org")

    assert parsed["List-Unsubscribe"].startswith("<mailto:out@example.org")
    assert "List-Unsubscribe-Post" not in parsed


def test_one_click_needs_https(server: RealServer) -> None:
    """RFC 8058 wants https: a plain http address is listed, without the Post header."""
    parsed = _receive(server, make_message(opt_out_url="http://localhost/out"))

    assert parsed["List-Unsubscribe"] == "<http://localhost/out>"
    assert "List-Unsubscribe-Post" not in parsed


def test_an_informational_message_is_no_bulk_mail(server: RealServer) -> None:
    """A notice carries neither Precedence nor, without a way out, List-Unsubscribe."""
    parsed = _receive(server, make_message(purpose=Purpose.INFORMATIONAL, subject=None))

    assert "Precedence" not in parsed
    assert "List-Unsubscribe" not in parsed
    assert "Subject" not in parsed


def test_the_envelope_is_that_of_the_message(server: RealServer) -> None:
    """MAIL and RCPT name sender and recipient, and nobody else."""
    _receive(server, make_message())

    envelope = server.inbox.envelopes[0]

    assert envelope.mail_from == "shop@example.org"
    assert envelope.rcpt_tos == ["mina@example.com"]


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_recipient_without_a_name(server: RealServer, name: str | None) -> None:
    """Without a name the To header is the address alone."""
    parsed = _receive(server, make_message(name=name))

    assert parsed["To"] == "mina@example.com"


def test_a_domain_in_another_alphabet_goes_as_punycode(server: RealServer) -> None:
    """A Korean domain needs nothing of the server (RFC 5891)."""
    _receive(server, make_message(address="mina@한국.example"))

    assert server.inbox.envelopes[0].rcpt_tos == ["mina@xn--3e0b707e.example"]


def test_a_mailbox_in_another_alphabet_needs_smtputf8() -> None:
    """A Korean mailbox goes to a server that knows SMTPUTF8, and is rejected elsewhere."""
    message = make_message(address="미나@example.com", opt_out_url=URL)

    with RealServer(enable_SMTPUTF8=True) as knows:
        parsed = _receive(knows, message)
    with (
        RealServer(enable_SMTPUTF8=False) as other,
        SmtpChannel("127.0.0.1", other.port, ehlo_name="me") as channel,
    ):
        receipts = channel.send([message, make_message()])

    assert knows.inbox.envelopes[0].rcpt_tos == ["미나@example.com"]
    assert parsed["To"].addresses[0].addr_spec == "미나@example.com"
    assert [str(receipt.outcome) for receipt in receipts] == ["rejected", "accepted"]
    assert receipts[0].detail == "the server has no SMTPUTF8, which this address needs"


@pytest.mark.parametrize("key", ["a b", "<x@y>", ".a", "a..b", "키", "x" * 300, "\ud800"])
def test_a_key_that_is_no_atom_is_hashed(server: RealServer, key: str) -> None:
    """Whatever the key, Message-ID is well formed, and the same each time."""
    first = _receive(server, make_message(key=key, html="<p>x</p>"))
    second = _receive(server, make_message(key=key, html="<p>x</p>"))

    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].strip("<>").rpartition("@")[0].isalnum()


def test_what_looks_encoded_is_shown_as_it_was_written(server: RealServer) -> None:
    """A harmless encoded word in a subject is not decoded behind the author's back."""
    parsed = _receive(server, make_message(subject="=?utf-8?q?Hi?= there"))

    assert parsed["Subject"] == "=?utf-8?q?Hi?= there"


def test_a_batch_uses_one_connection(server: RealServer) -> None:
    """A hundred messages and a hundred more go over one connection."""
    messages = [make_message(key=f"k{number}") for number in range(100)]

    with SmtpChannel("127.0.0.1", server.port, ehlo_name="me") as channel:
        receipts = channel.send(messages) + channel.send(messages)

    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert len(server.inbox.envelopes) == 200
    assert server.inbox.connections == 1
