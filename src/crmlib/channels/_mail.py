"""A message as the bytes of an e-mail."""

from __future__ import annotations

import base64
import binascii
import re
from email import policy
from email.charset import SHORTEST, Charset
from email.header import Header
from email.parser import Parser
from email.utils import format_datetime, getaddresses
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import quote

import attrs

from crmlib.channels._mail_address import MailAddress, read_mail_address
from crmlib.channels._safe_line import require_safe_line
from crmlib.exceptions import UnsafeTextError
from crmlib.messages import Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from crmlib.messages import Message

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,120}")
_URL = re.compile(r"https?://[!#-;=?-\[\]_a-zA-Z~]+")
_LONGEST_LINE = 998
# of our own, as other packages change how the registered one writes headers
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = SHORTEST
_MOSTLY_OTHER = 1 / 6
# no line is empty or of blanks alone, which some readers take for the end of the headers
_PLAIN_HEAD = re.compile(rb"(?:[A-Za-z-]+: [ -~]*[!-~]\r\n(?:[ \t]+[!-~][ -~]*\r\n)*)+")
_NEXT_HEADER = re.compile(r"\r\n(?![ \t])")
# nothing, a text in quotation marks, or encoded words: and the address
_PLAIN_MAILBOX = re.compile(
    r'(?:(?:"(?:[^"\\\r\n]|\\[^\r\n])*"|=\?utf-8\?[bq]\?[!->@-~]*\?=(?:(?:\r\n)? '
    r"=\?utf-8\?[bq]\?[!->@-~]*\?=)*)\r\n )?<([^<>\s]+)>"
)


@attrs.frozen(kw_only=True)
class Mail:
    """An e-mail ready for the wire.

    Parameters
    ----------
    sender, recipient : MailAddress
        The envelope.
    message_id : str
        With its angle brackets.
    content : bytes
        Headers and body, lines ending in CRLF.
    """

    sender: MailAddress
    recipient: MailAddress
    message_id: str
    content: bytes = attrs.field(repr=False)

    @property
    def needs_utf8(self) -> bool:
        """Whether the server has to know SMTPUTF8."""
        return self.sender.needs_utf8 or self.recipient.needs_utf8


def write_mail(message: Message, *, at: datetime, unsubscribe_email: str | None = None) -> Mail:
    """Write *message* as an e-mail with a text part and, if it has one, an HTML part.

    Parameters
    ----------
    message : Message
        What to write.
    at : datetime
        The moment of writing, aware, for the ``Date`` header.
    unsubscribe_email : str, optional
        A mailbox that takes wishes to opt out; named in ``List-Unsubscribe``
        besides the address on the web.

    Raises
    ------
    UnsafeTextError
        If a text could forge or hide something.
    InvalidAddressError
        If an address is none.
    """
    sender = _read_sender(message.sender.email)
    recipient = read_mail_address("recipient.address", message.recipient.address)
    message_id = f"<{_id_of(message.key)}@{sender.domain}>"
    subject = [] if message.subject is None else [("Subject", _unstructured(message.subject))]
    headers = [
        ("From", _mailbox("sender.name", message.sender.name, sender)),
        ("To", _mailbox("recipient.name", message.recipient.name or "", recipient)),
        *subject,
        ("Date", format_datetime(at)),
        ("Message-ID", message_id),
        # no out-of-office answers to a machine (RFC 3834)
        ("Auto-Submitted", "auto-generated"),
    ]
    if message.purpose is Purpose.ADVERTISING:
        headers.append(("Precedence", "bulk"))
    headers += _unsubscribe(message, unsubscribe_email)
    headers.append(("MIME-Version", "1.0"))
    content_headers, body = _body(message)
    headers += content_headers
    head = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("utf-8")
    _compare(head, headers, {"From": sender.wire, "To": recipient.wire})
    return Mail(
        sender=sender, recipient=recipient, message_id=message_id, content=head + b"\r\n" + body
    )


@lru_cache(maxsize=16)  # a campaign has one
def _read_sender(address: str) -> MailAddress:
    return read_mail_address("sender.email", address)


def _compare(head: bytes, meant: list[tuple[str, str]], mailboxes: dict[str, str]) -> None:
    """Refuse bytes whose headers and addresses are not exactly those that were *meant*.

    A second pair of eyes besides the checks of each text.  What is plainly
    right (lines of printable ASCII, each a header or the rest of one, and
    mailboxes as they are written here) is read at a glance; all else by the
    parser of the standard library.
    """
    if max(map(len, head.split(b"\r\n"))) > _LONGEST_LINE:
        raise UnsafeTextError("a header", f"has a line of more than {_LONGEST_LINE} bytes")
    if not _is_plainly(head, meant, mailboxes):
        _parse(head, meant, mailboxes)


def _is_plainly(head: bytes, meant: list[tuple[str, str]], mailboxes: dict[str, str]) -> bool:
    """Say whether any reader of *head* finds just what was *meant*."""
    if _PLAIN_HEAD.fullmatch(head) is None:
        return False
    lines = [line.partition(": ") for line in _NEXT_HEADER.split(head.decode("ascii"))[:-1]]
    return [name for name, _, _ in lines] == [name for name, _ in meant] and all(
        (found := _PLAIN_MAILBOX.fullmatch(value)) is not None and found[1] == mailboxes[name]
        for name, _, value in lines
        if name in mailboxes
    )


def _parse(head: bytes, meant: list[tuple[str, str]], mailboxes: dict[str, str]) -> None:
    """Refuse bytes in which the parser of the standard library finds anything else."""
    names = [name for name, _ in meant]
    text = head.decode("utf-8") + "\r\n"
    # the parser with other policies finds the same headers, at three times the price
    parsed = Parser(policy=policy.compat32).parsestr(text, headersonly=True)
    if parsed.keys() != names or parsed.defects or parsed.get_payload():
        raise UnsafeTextError("the headers", "are not those that were meant")
    for name, wire in mailboxes.items():
        if [address for _, address in getaddresses([parsed[name]])] != [wire]:
            raise UnsafeTextError("the headers", "are not those that were meant")


@lru_cache(maxsize=256)  # many customers read the same
def _unstructured(text: str) -> str:
    """Encode *text* for the Subject header, folded."""
    safe = require_safe_line("subject", text)
    # what looks like an encoded word is encoded, so that it is shown as it was written
    charset = "us-ascii" if safe.isascii() and "=?" not in safe else _UTF8
    return Header(safe, charset, maxlinelen=76, header_name="Subject").encode(linesep="\r\n")


@lru_cache(maxsize=256)  # the sender's is always the same
def _mailbox(field: str, name: str, address: MailAddress) -> str:
    """Give ``name <address>``."""
    safe = require_safe_line(field, name).strip()
    if not safe:
        return f"<{address.wire}>"
    if safe.isascii() and "=?" not in safe:
        escaped = re.sub(r'(["\\])', r"\\\1", safe)
        phrase = f'"{escaped}"'
    else:
        phrase = Header(safe, _UTF8, maxlinelen=76, header_name="From").encode(linesep="\r\n")
    return f"{phrase}\r\n <{address.wire}>"


def _unsubscribe(message: Message, unsubscribe_email: str | None) -> list[tuple[str, str]]:
    """Give the pair of headers of RFC 2369 and RFC 8058, as far as there is a way out."""
    ways = []
    url = message.opt_out_url
    if url is not None:
        # angle brackets, commas and blanks would end the address and begin another
        if not _URL.fullmatch(url):
            raise UnsafeTextError("opt_out_url", "is no plain http(s) address in ASCII")
        ways.append(f"<{url}>")
    if unsubscribe_email is not None:
        mailbox = read_mail_address("unsubscribe_email", unsubscribe_email)
        subject = quote(f"unsubscribe {message.key}", safe="")
        ways.append(f"<mailto:{quote(mailbox.wire, safe='@')}?subject={subject}>")
    if not ways:
        return []
    headers = [("List-Unsubscribe", ",\r\n ".join(ways))]
    if url is not None and url.startswith("https://"):
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return headers


def _id_of(key: str) -> str:
    """Give *key* if it can stand in a Message-ID, its hash otherwise."""
    plain = _ATOM.fullmatch(key) and not re.search(r"^\.|\.\.|\.$", key)
    return (
        key if plain else blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    )


def _body(message: Message) -> tuple[list[tuple[str, str]], bytes]:
    """Give the headers of the content, and the content."""
    text_headers, text = _part("body", "plain", message.body)
    if message.html is None:
        return text_headers, text
    parts = [(text_headers, text), _part("html", "html", message.html)]
    # "=_" stands neither in base64 nor in quoted-printable
    boundary = (
        f"=_{blake2b(message.key.encode('utf-8', 'surrogatepass'), digest_size=12).hexdigest()}"
    )
    pieces = []
    for headers, content in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in headers)
        pieces.append(f"--{boundary}\r\n{head}\r\n".encode("ascii") + content)
    pieces.append(f"--{boundary}--\r\n".encode("ascii"))
    content_type = f'multipart/alternative;\r\n boundary="{boundary}"'
    return [("Content-Type", content_type)], b"".join(pieces)


def _part(field: str, subtype: str, text: str) -> tuple[list[tuple[str, str]], bytes]:
    """Encode *text*: readable as it stands if most of it is ASCII, in base64 otherwise."""
    lines = re.sub(r"\r\n|\r|\n", "\n", text if text.endswith("\n") else text + "\n")
    try:
        octets = lines.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnsafeTextError(field, "holds half a character") from error
    if len(lines.encode("ascii", "ignore")) >= (1 - _MOSTLY_OTHER) * len(octets):
        encoding = "quoted-printable"
        content = binascii.b2a_qp(octets).replace(b"\n", b"\r\n")
    else:
        encoding = "base64"
        content = base64.encodebytes(octets.replace(b"\n", b"\r\n")).replace(b"\n", b"\r\n")
    return [
        ("Content-Type", f"text/{subtype}; charset=utf-8"),
        ("Content-Transfer-Encoding", encoding),
    ], content
