"""What comes back by e-mail: bounces, complaints, wishes to opt out."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.utils import parseaddr, parsedate_to_datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from crmlib.channels._delivery_report import UNSIGNED_MAIL, DeliveryReport
from crmlib.channels._mail_parts import (
    fields_of,
    given_back,
    header_of,
    headers_of,
    own_words,
    parts_of,
    words_of,
)
from crmlib.channels._message_mark import MARK_HEADER, find_mark, marks_in_address
from crmlib.channels._notice_in_words import is_auto_reply, is_from_server, is_notice, read_notice
from crmlib.channels._provider_words import plain_words
from crmlib.channels._report_batch import ReportBatch
from crmlib.channels._report_kind import ReportKind
from crmlib.channels._secret import Secret
from crmlib.channels._set_aside_report import SetAsideReport
from crmlib.channels._status_notification import TYPES, RecipientStatus, read_notification

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from email.message import Message as Email

_FEEDBACK: Final = "message/feedback-report"
_RECEIPT: Final = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_COMPLAINTS: Final = frozenset({"abuse", "fraud", "virus", "other"})  # RFC 5965, 7.3
_OPT_OUTS: Final = frozenset({"opt-out", "opt-out-list"})
_LOOP: Final = re.compile(r"(?i)complaint about message from|^(?:\[?spam\]? )?abuse report")
_UNSUBSCRIBE: Final = re.compile(r"(?i)^(?:re: *)?(?:unsubscribe|수신 ?거부)\b[ :]*(\S*)")
_TO: Final = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_ANSWERED: Final = ("In-Reply-To", "References")
_MESSAGE_ID: Final = re.compile(r"<([^<>@\s]{1,120})@[^<>\s]+>")
_IN_WORDS: Final = re.compile(
    rf"(?im)^[>|\s]{{0,4}}(?:{MARK_HEADER}: *(\S+)|Message-ID: *<([^<>@\s]{{1,120}})@)"
)


def read_mail_report(
    raw: bytes, *, received_at: datetime, secret: str | Secret | None = None
) -> ReportBatch:
    r"""Read one e-mail that came back to the sender, or to the return path.

    Understood are delivery status notifications (RFC 3464, RFC 6533), the
    notices of servers that write for people only, complaints (RFC 5965), and
    wishes to opt out by ``List-Unsubscribe``.  Answers of programs, as
    out-of-office notes (RFC 3834), and receipts for reading are set aside;
    what is delayed, relayed or expanded is only on its way.

    The message is found by what the bounce gives back of it, its
    Message-ID or ``X-Crmlib-Key``, by the envelope id, or by the return path;
    if by nothing, the report is about the address alone.

    Parameters
    ----------
    raw : bytes
        The e-mail.
    received_at : datetime
        Aware; nothing happened later.
    secret : str or Secret, optional
        The ``return_path_secret`` of the channel.  With it, what is not
        signed by it is set aside, except for wishes to opt out.  The source of
        what is signed is ``"mail"``, that of all else ``"unsigned mail"``.

    Returns
    -------
    ReportBatch
        One report for each recipient; never an error, whatever *raw* is.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> raw = b"From: mailer-daemon@mail.example\nSubject: failure notice\n\n"
    >>> raw += b"<mina@example.com>: 550 5.1.1 no such user\n\nMessage-ID: <5b1f@shop.example>\n"
    >>> batch = read_mail_report(raw, received_at=datetime(2026, 11, 2, tzinfo=UTC))
    >>> [(str(report.kind), report.message_key) for report in batch.reports]
    [('hard_bounce', '5b1f')]
    """
    key = None if secret is None else Secret(secret, "secret")
    try:
        return _read(raw, received_at, key)
    except Exception as error:  # noqa: BLE001 -- one broken mail must not stop the mailbox
        return _set_aside(f"cannot be read ({type(error).__name__})")


def _read(raw: bytes, received_at: datetime, secret: Secret | None) -> ReportBatch:
    mail = message_from_bytes(raw)
    parts = list(parts_of(mail))  # a report that somebody attached is none to us
    feedback = [part for part in parts if part.get_content_type() == _FEEDBACK]
    statuses = [part for part in parts if part.get_content_type() in TYPES]
    found: tuple[RecipientStatus, ...] | str
    envelope_id = ""
    if feedback or _is_loop(mail):
        groups = [group for part in feedback for group in fields_of(part)]
        fields = {name: value for group in groups for name, value in group.items()}
        envelope_id = fields.get("original-envelope-id", "")
        found = _read_feedback(fields)
    elif statuses:
        notification = read_notification(statuses, " ".join(own_words(words_of(mail)).split()))
        envelope_id, found = notification.envelope_id, notification.recipients
    elif any(part.get_content_type() in _RECEIPT for part in parts):
        found = "a receipt for reading"
    elif (wish := _UNSUBSCRIBE.search(header_of(mail, "Subject"))) and not is_from_server(mail):
        return _opt_out(mail, raw, wish[1], received_at)
    elif is_auto_reply(mail):
        found = "an automatic reply"
    elif is_notice(mail):
        found = (read_notice(mail),)
    else:
        found = "no report"
    if isinstance(found, str):
        return _set_aside(found)
    key = find_mark(_marks(mail, envelope_id, signed=secret is not None), secret)
    if secret is not None and key is None:
        return _set_aside("not signed by us")
    source = UNSIGNED_MAIL if secret is None else "mail"
    return _batch(mail, raw, found, key, received_at, source=source)


def _batch(
    mail: Email,
    raw: bytes,
    recipients: tuple[RecipientStatus, ...],
    key: str | None,
    received_at: datetime,
    *,
    source: str,
) -> ReportBatch:
    name, at = _name_of(mail, raw), _moment(mail, received_at)
    reports = tuple(
        DeliveryReport(
            source=source,
            report_id=f"{name}/{number}",
            kind=each.kind,
            at=at,
            message_key=key,
            address=each.address or None,
            address_field="email" if each.address else None,
            words=plain_words(each.words),
        )
        for number, each in enumerate(recipients, start=1)
        if key or each.address
    )
    if not reports:
        return _set_aside("it names neither message nor address")
    return ReportBatch(reports=reports)


def _read_feedback(fields: dict[str, str]) -> tuple[RecipientStatus, ...] | str:
    """Read a complaint; who sends it on is not who got the message, so it names no address."""
    kind = fields.get("feedback-type", "abuse").lower()
    if kind in _COMPLAINTS:
        return (RecipientStatus(kind=ReportKind.COMPLAINT, address="", words=f"feedback: {kind}"),)
    if kind in _OPT_OUTS:
        return (RecipientStatus(kind=ReportKind.OPTED_OUT, address="", words=f"feedback: {kind}"),)
    return "feedback that is no complaint"


def _is_loop(mail: Email) -> bool:
    """Say whether it is a complaint without fields, as Outlook.com sends them."""
    subject = header_of(mail, "Subject")
    return _LOOP.search(subject) is not None and any(True for _ in given_back(mail))


def _opt_out(mail: Email, raw: bytes, mark: str, received_at: datetime) -> ReportBatch:
    """Read a wish to opt out, which needs no signature: forged, it costs one recipient."""
    address = parseaddr(header_of(mail, "From"))[1]
    wish = RecipientStatus(kind=ReportKind.OPTED_OUT, address=address, words="asked by e-mail")
    return _batch(mail, raw, (wish,), find_mark([mark]), received_at, source=UNSIGNED_MAIL)


def _marks(mail: Email, envelope_id: str, *, signed: bool) -> Iterator[str]:
    """Give all that may mark the message, the most certain first."""
    returned = list(given_back(mail))
    words = list(_IN_WORDS.finditer(words_of(mail)))
    for part in returned:
        yield from headers_of(part, MARK_HEADER)
    yield from (found[1] for found in words if found[1])
    yield envelope_id
    addresses = [*headers_of(mail, *_TO)]
    for part in returned:
        addresses += headers_of(part, "Return-Path")
    for address in addresses:
        yield from marks_in_address(parseaddr(address)[1])
    if signed:
        return
    for part in returned:
        yield from _ids(part, "Message-ID")
    yield from (found[2] for found in words if found[2])
    yield from _ids(mail, *_ANSWERED)


def _ids(mail: Email, *names: str) -> Iterator[str]:
    for value in headers_of(mail, *names):
        yield from _MESSAGE_ID.findall(value)


def _moment(mail: Email, received_at: datetime) -> datetime:
    try:
        at = parsedate_to_datetime(header_of(mail, "Date"))
        return min(at, received_at)
    except (ValueError, TypeError, OverflowError):  # none, or without a zone
        return received_at


def _name_of(mail: Email, raw: bytes) -> str:
    """Name the mail by its Message-ID, as copies differ in how they came; else by its bytes."""
    named = next(headers_of(mail, "Message-ID"), "")
    return blake2b(named.encode("utf-8", "replace") or raw, digest_size=16).hexdigest()


def _set_aside(reason: str) -> ReportBatch:
    return ReportBatch(set_aside=(SetAsideReport(where="the e-mail", reason=reason),))
