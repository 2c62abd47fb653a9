"""What an e-mail holds: its headers, its words, and what it gives back of another one."""

from __future__ import annotations

import re
from contextlib import suppress
from email import message_from_string
from email.header import decode_header, make_header
from email.message import Message as Email
from html import unescape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST: Final = 200_000
_KOREAN: Final = re.compile(r"(?i)ks_?c_?5601.*|euc-?kr|x-windows-949")
_HIDDEN: Final = frozenset({"script", "style", "title"})
_ENDS_LINE: Final = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table"})
_TOKEN: Final = re.compile(r"<(/?)([a-z][a-z0-9]*+)?+[^<>]*+>|[^<]++|<", re.IGNORECASE)
_GIVEN_BACK: Final = re.compile(
    r"^[>|\s]{0,4}-{2,}.{0,60}(?:"
    r"below this line is a copy|copy of (?:the|your) (?:message|body)|original (?:message|e-?mail)"
    r"|returned message|headers? of the (?:message|mail)|원본|원문"
    r").*$"
    r"|^(?:received|return-path|dkim-signature|message-id|x-crmlib-key): .*$",
    re.IGNORECASE | re.MULTILINE,
)
"""Where a notice goes on with the message itself."""


def header_of(mail: Email, name: str) -> str:
    """Give the header called *name* as it is to be read; nothing if there is none."""
    wanted = name.lower()
    raw = next((value for each, value in mail.raw_items() if each.lower() == wanted), "")
    text = _guess(str(raw).encode("utf-8", "surrogateescape"))  # as it came, be it no ASCII
    with suppress(ValueError, LookupError):  # broken as it may be, it may still say something
        text = str(make_header(decode_header(text)))
    return " ".join(text.split())


def headers_of(mail: Email, *names: str) -> Iterator[str]:
    """Give all headers called one of *names*."""
    for name in names:
        for raw in mail.get_all(name, ()):
            yield " ".join(str(raw).split())


def words_of(mail: Email) -> str:
    """Give what *mail* says to a reader, without what it gives back of another mail.

    Where there is text and HTML, it is the text.
    """
    parts = list(_own_parts(mail))
    kind = (
        "text/plain" if any(p.get_content_type() == "text/plain" for p in parts) else "text/html"
    )
    texts = [_text_of(part) for part in parts if part.get_content_type() == kind]
    return "\n".join(texts)[:_MOST]


def own_words(words: str) -> str:
    """Give *words* up to where they go on with another mail."""
    found = _GIVEN_BACK.search(words)
    return words[: found.start()] if found else words


def is_given_back(part: Email) -> bool:
    """Say whether *part* is another mail, or its headers."""
    kind = part.get_content_type()
    return kind in {"message/rfc822", "message/global", "message/partial"} or kind.endswith(
        ("rfc822-headers", "global-headers")
    )


def parts_of(mail: Email) -> Iterator[Email]:
    """Give *mail* and its parts, but none of another mail in it."""
    yield mail
    inner = mail.get_payload()
    if mail.get_content_maintype() == "multipart" and isinstance(inner, list):
        for part in inner:
            if isinstance(part, Email):
                yield from parts_of(part)


def given_back(mail: Email) -> Iterator[Email]:
    """Give the mails, or their headers, that *mail* gives back."""
    for part in mail.walk():
        if not is_given_back(part):
            continue
        inner = part.get_payload()
        if isinstance(inner, list):
            yield from (each for each in inner if isinstance(each, Email))
        else:
            yield message_from_string(_text_of(part).lstrip())


def fields_of(part: Email) -> list[dict[str, str]]:
    """Give the groups of fields that *part*, a status or a feedback, is made of.

    Names are in small letters; of two with one name the first counts.
    """
    inner = part.get_payload()
    mails = inner if isinstance(inner, list) else []  # the parser takes the groups for mails
    text = _guess(b"\n\n".join(each.as_bytes() for each in mails if isinstance(each, Email)))
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding in {"base64", "quoted-printable"}:
        text = _decode_as(encoding, text)
    read = [_read_group(group) for group in re.split(r"\n[ \t]*\r?\n", text.strip())]
    return [group for group in read if group]


def _decode_as(encoding: str, text: str) -> str:
    part = Email()
    part["Content-Transfer-Encoding"] = encoding
    part.set_payload(text)
    return _decoded(part, "utf-8")


def _read_group(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in re.sub(r"\r?\n[ \t]+", " ", text).splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), " ".join(value.split()))
    return fields


def _read_page(page: str) -> str:
    """Give what a page says, line by line.

    The parser of the standard library takes minutes for a page of tags that
    nobody closed, and anybody can send one: this looks at each letter once.
    """
    pieces: list[str] = []
    hidden = 0
    for token in _TOKEN.finditer(_without_remarks(page)):
        is_end, name = bool(token[1]), (token[2] or "").lower()
        if not token[0].endswith(">") or not token[0].startswith("<"):
            if not hidden:
                pieces.append(" ".join(unescape(token[0]).split()))
        elif name in _HIDDEN:
            hidden = max(hidden + (-1 if is_end else 1), 0)
        elif not is_end:
            pieces.append("\n" if name in _ENDS_LINE else " ")
    return "".join(pieces)


def _without_remarks(page: str) -> str:
    first, *others = page.split("<!--")
    return first + "".join(each.partition("-->")[2] for each in others)


def _own_parts(mail: Email) -> Iterator[Email]:
    """Give the parts of *mail* that are not part of another mail in it."""
    inner = mail.get_payload()
    if not isinstance(inner, list):
        if not is_given_back(mail):
            yield mail
    elif mail.get_content_maintype() == "multipart":
        for part in inner:
            if isinstance(part, Email):
                yield from _own_parts(part)


def _text_of(part: Email) -> str:
    text = _decoded(part, part.get_content_charset() or "utf-8")[:_MOST]
    if part.get_content_type() != "text/html":
        return text
    return _read_page(text)


def _decoded(part: Email, charset: str) -> str:
    payload = part.get_payload(decode=True)
    octets = payload if isinstance(payload, bytes) else b""
    name = "cp949" if _KOREAN.fullmatch(charset) else charset
    try:
        return octets.decode(name)
    except (ValueError, LookupError):
        return _guess(octets)


def _guess(octets: bytes) -> str:
    """Read what is not in the character set that it names: in UTF-8, or as Korea wrote."""
    try:
        return octets.decode()
    except ValueError:
        return octets.decode("cp949", "replace")
