"""Nothing that a customer or an author writes can forge a header or another message."""

from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import unquote
from unittest import mock

import pytest
from email_validator import EmailNotValidError
from hypothesis import example, given, settings
from hypothesis import strategies as st
from injections import FORGED, FORGED_ADDRESSES
from messages_by_hand import make_message

from crmlib.channels import _mail, _mail_address
from crmlib.channels._mail import write_mail
from crmlib.channels._mail_address import read_mail_address
from crmlib.channels._safe_line import require_safe_line
from crmlib.exceptions import InvalidAddressError, UnsafeTextError

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
nested = "x"
for _ in range(12):
    nested = "=?utf-8?q?" + "".join(f"={octet:02X}" for octet in nested.encode()) + "?="


@pytest.mark.parametrize("text", FORGED, ids=ascii)
@pytest.mark.parametrize("field", ["subject", "name", "sender_name"])
def test_forged_texts_are_refused(field: str, text: str) -> None:
    """Line ends and control characters, open or inside encoded words, are refused."""
    with pytest.raises(UnsafeTextError) as caught:
        write_mail(make_message(**{field: text}), at=AT)

    assert "eve" not in str(caught.value)


def test_encoded_words_in_encoded_words_have_an_end() -> None:
    """A nest of encoded words is refused before it is unrolled for long."""
    with pytest.raises(UnsafeTextError, match="encoded words inside encoded words"):
        require_safe_line("subject", nested)


@pytest.mark.parametrize(
    "text",
    ["", "세일 😀", "a =? b", "=?utf-8?q?Hi?=", "=?utf-8?b?7IS47J28?=", "1 < 2 & 3 > 2", "  x  "],
)
def test_honest_texts_stay_as_they_are(text: str) -> None:
    """A text without such things comes back untouched."""
    assert require_safe_line("subject", text) == text


@pytest.mark.parametrize("address", FORGED_ADDRESSES, ids=ascii)
@pytest.mark.parametrize("field", ["address", "sender_email"])
def test_forged_addresses_are_refused(field: str, address: str) -> None:
    """What is not exactly one address is refused, and the error does not repeat it."""
    with pytest.raises(InvalidAddressError, match="it is no e-mail address") as caught:
        write_mail(make_message(**{field: address}), at=AT)

    assert address not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a\r\nBcc: eve@example.com",
        "https://example.com/a>, <https://evil.example/",
        "https://example.com/a b",
        "javascript:alert(1)",
        "https://example.com/\u2028",
        "https://example.com/한글",
        "",
    ],
    ids=ascii,
)
def test_forged_opt_out_urls_are_refused(url: str) -> None:
    """An opt-out address is one plain http(s) address, or the message is refused."""
    with pytest.raises(UnsafeTextError, match="opt_out_url is no plain"):
        write_mail(make_message(opt_out_url=url), at=AT)


def test_a_header_line_that_is_too_long_is_refused() -> None:
    """A header that cannot be folded into 998 bytes is refused."""
    with pytest.raises(UnsafeTextError, match="a line of more than 998 bytes"):
        write_mail(make_message(opt_out_url="https://example.com/" + "a" * 1000), at=AT)


@pytest.mark.parametrize("field", ["body", "html"])
def test_half_characters_are_refused(field: str) -> None:
    """A lone surrogate cannot be written in UTF-8."""
    with pytest.raises(UnsafeTextError, match=f"{field} holds half a character"):
        write_mail(make_message(**{field: "x\ud800"}), at=AT)


@pytest.mark.parametrize(
    "forged",
    ["x\r\nBcc: eve@example.com", "x\nBcc: eve@example.com", "x\r\n\r\nbody", "x\r\nno header"],
    ids=ascii,
)
def test_the_last_look_catches_what_the_first_missed(forged: str) -> None:
    """Were the checks of each text blind, the final bytes would still give it away."""
    with (
        mock.patch.object(_mail, "_unstructured", return_value=forged),
        pytest.raises(UnsafeTextError, match="the headers are not those that were meant"),
    ):
        write_mail(make_message(), at=AT)


@pytest.mark.parametrize(
    "forged", ["<a@example.com>, <eve@example.com>", "<eve@example.com>", "a@example.com x"]
)
def test_the_last_look_counts_the_recipients(forged: str) -> None:
    """A To header that names somebody else is caught in the final bytes."""
    with (
        mock.patch.object(_mail, "_mailbox", return_value=forged),
        pytest.raises(UnsafeTextError, match="the headers are not those that were meant"),
    ):
        write_mail(make_message(address="a@example.com"), at=AT)


FIELDS = st.sampled_from(["From", "To", "Subject", "Bcc", "Date", "From ", "", "X Y"])
PIECES = st.sampled_from(
    [
        *("\r\n", "\n", "\r", " ", "\t", ": ", ":", ",", "<", ">", '"', "\\", "(", ")", "@"),
        *("<mina@example.com>", "<eve@example.com>", '"Mina"\r\n ', "=?utf-8?q?x?=\r\n "),
        *("\r\nBcc: <eve@example.com>", "\r\n\r\n", "\x0b", "\x85", "한", "a"),
    ]
)


@given(
    headers=st.lists(
        st.tuples(FIELDS, st.lists(PIECES, max_size=5).map("".join)), min_size=1, max_size=4
    )
)
@example(headers=[("To", "<mina@example.com>"), ("Subject", "x")])
@example(headers=[("To", '"a"\r\n <mina@example.com>'), ("Subject", "x\r\n y")])
@example(headers=[("To", "=?utf-8?q?x?=\r\n <mina@example.com>"), ("Subject", "x\r\n ")])
@settings(max_examples=200, deadline=None)
def test_what_is_right_at_a_glance_is_right(headers: list[tuple[str, str]]) -> None:
    """What the quick look lets pass, the parser of the standard library lets pass as well."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers).encode()
    mailboxes = {"To": "mina@example.com"} if "To" in dict(headers) else {}

    if _mail._is_plainly(head, headers, mailboxes):
        _mail._parse(head, headers, mailboxes)


@pytest.mark.parametrize("name", [None, "Mina", 'a "b" \\ c', "김미나", "긴 이름 " * 30])
@pytest.mark.parametrize("subject", ["Hello", "(광고) 세일 😀", "s" * 50 + " " + "t" * 50])
def test_usual_mail_is_looked_at_once(name: str | None, subject: str) -> None:
    """Names in any alphabet and folded subjects need no parser."""
    with mock.patch.object(_mail, "_parse") as parse:
        write_mail(
            make_message(name=name, subject=subject, opt_out_url="https://a.example"), at=AT
        )

    assert not parse.called


LOCAL = st.text(st.sampled_from("abc09.+-_'\"@ éA\n"), min_size=1, max_size=70)
DOMAIN = st.sampled_from(
    [
        *("example.com", "EXAMPLE.com", "한국.example", "localhost", "a..b", "[127.0.0.1]", ""),
        *("x.test", f"{'a' * 63}.{'b' * 63}.{'c' * 60}.com", "-a.com", "a_b.com"),
        "xn--3e0b707e.kr",
    ]
)


@given(
    local=LOCAL | st.sampled_from(["postmaster", "POSTMASTER", "a" * 64, "a" * 65]), domain=DOMAIN
)
@settings(max_examples=150, deadline=None)
def test_addresses_of_a_known_domain_are_read_as_all_others(local: str, domain: str) -> None:
    """Reading a domain once changes nothing in what is an address and how it is written."""
    address = f"{local}@{domain}"
    try:
        meant: str | None = "@".join(_mail_address._validate(address))
    except EmailNotValidError:
        meant = None
    try:
        found: str | None = read_mail_address("address", address).wire
    except InvalidAddressError:
        found = None

    assert found == meant


def test_a_body_cannot_end_its_part() -> None:
    """A text that looks like the end of the mail and a new one stays a text."""
    mail = write_mail(make_message(html="<p>x</p>"), at=AT)
    boundary = mail.content.split(b'boundary="')[1].split(b'"')[0].decode()
    body = f"x\n--{boundary}\nContent-Type: text/html\n\n<b>evil</b>\n--{boundary}--\n"

    parsed = BytesParser(policy=policy.default).parsebytes(
        write_mail(make_message(html="<p>x</p>", body=body), at=AT).content
    )

    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert parsed.get_body(("plain",)).get_content().splitlines() == body.splitlines()


HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Precedence"]
HEADERS += ["MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
lines = st.text(max_size=60) | st.lists(
    st.sampled_from(["=?utf-8?q?", "?=", "=0A", "\n", "Bcc: x@y.example", *' "\\<,'])
    | st.text(max_size=3),
    max_size=10,
).map("".join)


@given(subject=lines, name=lines, sender_name=lines.filter(bool))
@example(subject=" " * 200, name='\\"', sender_name="a" * 300)
@example(subject="", name="a@b.example", sender_name="(c) [d]")
@settings(max_examples=300, deadline=None)
def test_either_refused_or_exactly_what_was_meant(
    subject: str, name: str, sender_name: str
) -> None:
    """Any text is refused, or arrives in its own header as it was written."""
    message = make_message(subject=subject, name=name, sender_name=sender_name)

    try:
        mail = write_mail(message, at=AT)
    except UnsafeTextError:
        return
    parsed = BytesParser(policy=policy.default).parsebytes(mail.content)

    assert parsed.keys() == HEADERS
    assert parsed["To"].addresses[0].addr_spec == "mina@example.com"
    assert parsed["From"].addresses[0].addr_spec == "shop@example.org"
    assert len(parsed["To"].addresses) == len(parsed["From"].addresses) == 1
    assert parsed["Subject"].split() == subject.split()
    # the newer parser of the standard library leaves blanks between encoded words of a name
    old = BytesParser(policy=policy.compat32).parsebytes(mail.content)
    phrase = old["From"].rpartition("<")[0].strip()
    quoted = phrase.startswith('"')
    shown = unquote(phrase) if quoted else str(make_header(decode_header(phrase)))

    assert shown.split() == sender_name.split()


@given(text=st.text(min_size=1, max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_body_arrives(text: str) -> None:
    """A text arrives with its characters; only its line ends become those of e-mail."""
    parsed = BytesParser(policy=policy.default).parsebytes(
        write_mail(make_message(body=text), at=AT).content
    )
    meant = text.replace("\r\n", "\n").replace("\r", "\n")

    payload = parsed.get_payload(decode=True)

    assert payload.decode().replace("\r\n", "\n") == meant.removesuffix("\n") + "\n"
