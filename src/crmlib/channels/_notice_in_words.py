"""Bounces that are written for people: those of servers that send no fields for machines."""

from __future__ import annotations

import re
from email.utils import parseaddr
from typing import TYPE_CHECKING, Final

from crmlib.channels._bounce_phrases import (
    NOT_YET,
    SERVER,
    SUBJECT_OF_AUTO_REPLY,
    SUBJECT_OF_BOUNCE,
)
from crmlib.channels._bounce_verdict import judge_failure
from crmlib.channels._mail_parts import header_of, own_words, words_of
from crmlib.channels._report_kind import ReportKind
from crmlib.channels._status_notification import RecipientStatus

if TYPE_CHECKING:
    from email.message import Message as Email

_QMAIL: Final = re.compile(r"(?m)^hi\. this is the .{0,80}program at ", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"[^\s<>()\[\]\"',;:]{1,64}@[^\s<>()\[\]\"',;:]{1,255}")
_NOBODY: Final = re.compile(r"(?i)^(?:mailer-?daemon|postmaster|no-?reply|abuse|.*bounces?)[+@-]")


def is_auto_reply(mail: Email) -> bool:
    """Say whether *mail* is what a program of the recipient answers by itself (RFC 3834).

    Servers mark their bounces as automatic too, so that alone says nothing
    where a server is the sender.
    """
    if SUBJECT_OF_AUTO_REPLY.search(header_of(mail, "Subject")):
        return True
    if is_from_server(mail):
        return False
    automatic = re.split(r"[;(\s]", header_of(mail, "Auto-Submitted").lower())[0]
    marked = any(name in mail for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply"))
    precedence = header_of(mail, "Precedence").lower() == "auto_reply"
    return automatic in {"auto-replied", "auto-generated"} or marked or precedence


def is_from_server(mail: Email) -> bool:
    """Say whether a mail server says that it wrote *mail*."""
    return SERVER.search(header_of(mail, "From")) is not None


def is_notice(mail: Email) -> bool:
    """Say whether *mail* tells of a message that did not arrive, or did not yet."""
    if "X-Failed-Recipients" in mail or _QMAIL.search(words_of(mail)):
        return True
    is_bounce = SUBJECT_OF_BOUNCE.search(header_of(mail, "Subject")) is not None
    is_unanswerable = header_of(mail, "Return-Path") == "<>"
    return is_bounce and (is_from_server(mail) or is_unanswerable)


def read_notice(mail: Email) -> RecipientStatus:
    """Read what the server says in words."""
    notice = " ".join(own_words(words_of(mail)).split())
    subject = header_of(mail, "Subject")
    is_delayed = NOT_YET.search(f"{subject} {notice}") is not None
    return RecipientStatus(
        kind=ReportKind.ACCEPTED if is_delayed else judge_failure(None, notice),
        address=_find_address(mail, notice),
        words=notice,
    )


def _find_address(mail: Email, notice: str) -> str:
    """Give whom the notice is about: whom a header names, or the first who is not named in it."""
    named = header_of(mail, "X-Failed-Recipients")
    ours = {parseaddr(header_of(mail, name))[1].lower() for name in ("To", "From", "Delivered-To")}
    found = (each.strip(".<>") for each in _ADDRESS.findall(f"{named} {notice}"))
    return next(
        (each for each in found if each.lower() not in ours and not _NOBODY.match(each)), ""
    )
