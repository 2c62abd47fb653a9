"""What Twilio posts about messages: StatusCallback, and answers of people who opt out."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crmlib.channels._delivery_report import DeliveryReport
from crmlib.channels._header_key import header_key
from crmlib.channels._message_mark import read_mark
from crmlib.channels._provider_words import plain_words
from crmlib.channels._report_batch import ReportBatch
from crmlib.channels._report_kind import ReportKind
from crmlib.channels._secret import Secret
from crmlib.channels._set_aside_report import SetAsideReport
from crmlib.exceptions import UntrustedReportError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

_KEY: Final = "crmlib_key"
_PORTS: Final = {"https": 443, "http": 80}
_KINDS: Final = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), ReportKind.ACCEPTED),
    **dict.fromkeys(("delivered", "read"), ReportKind.DELIVERED),
}
_FAILED: Final = frozenset({"undelivered", "failed", "canceled"})
_COMING_IN: Final = frozenset({"received", "receiving"})
_FAILURES: Final = {
    # www.twilio.com/docs/api/errors: no such number, none for text messages, a landline
    **dict.fromkeys(("21211", "21614", "21635", "30005", "30006"), (ReportKind.HARD_BOUNCE,)),
    # out of reach for now
    **dict.fromkeys(("30003", "30017"), (ReportKind.SOFT_BOUNCE,)),
    "21610": (ReportKind.FAILED, ReportKind.OPTED_OUT),
}
# what Twilio takes for an opt-out by itself
_STOP: Final = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
)


def read_twilio_report(
    url: str,
    form: Mapping[str, str],
    signature: str,
    auth_token: str | Secret,
    *,
    received_at: datetime,
) -> ReportBatch:
    """Read one request of Twilio, after a look at its signature.

    Statuses come several times and in any order; each is one report.  A
    message that comes in and says STOP is an opt-out.

    Parameters
    ----------
    url : str
        The whole address that Twilio called, query included, as Twilio knows
        it: behind a proxy the public one.
    form : mapping of str to str
        All fields that came, empty ones included.
    signature : str
        The header ``X-Twilio-Signature``.
    auth_token : str or Secret
        Of the account.
    received_at : datetime
        Aware; Twilio does not tell when it happened.

    Raises
    ------
    UntrustedReportError
        If the signature is not Twilio's: answer 403.

    References
    ----------
    Twilio, *Security*, "Validating Requests"; *Track the Message Status of
    Outbound Messages*.
    """
    _check_signature(url, form, signature, Secret(auth_token, "auth_token"))
    sid, status = form.get("MessageSid") or form.get("SmsSid"), _status_of(form)
    if not sid:
        return _none_of_use("it names no message")
    if status in _COMING_IN:
        return _read_answer(form, sid, received_at)
    kinds = _kinds(status, form.get("ErrorCode", ""))
    if not kinds:
        return _none_of_use("a status that is not known")
    told = f"{form.get('ErrorCode', '')} {status} {form.get('ErrorMessage', '')}"
    reports = tuple(
        DeliveryReport(
            source="twilio",
            report_id=f"{sid}/{status}" if kind is kinds[0] else f"{sid}/{status}/{kind}",
            kind=kind,
            at=received_at,
            message_key=_key_in(url),
            provider_id=sid,
            words=plain_words(told),
            **_address(form.get("To", "")),
        )
        for kind in kinds
    )
    return ReportBatch(reports=reports)


def add_key(callback: str, key: str) -> str:
    """Add the key of a message to the address that its statuses go to.

    Examples
    --------
    >>> add_key("https://shop.example/twilio?a=1", "5b1f")
    'https://shop.example/twilio?a=1&crmlib_key=5b1f'
    """
    parts = urlsplit(callback)
    query = "&".join(filter(None, [parts.query, urlencode({_KEY: header_key(key)})]))
    return urlunsplit(parts._replace(query=query))


def _key_in(url: str) -> str | None:
    return read_mark(dict(parse_qsl(urlsplit(url).query)).get(_KEY, ""))


def _status_of(form: Mapping[str, str]) -> str:
    return (form.get("MessageStatus") or form.get("SmsStatus") or "").lower()


def _kinds(status: str, code: str) -> tuple[ReportKind, ...]:
    """Give what *status* says: two things where a message failed as its recipient opted out."""
    if status in _FAILED:
        return _FAILURES.get(code, (ReportKind.FAILED,))
    kind = _KINDS.get(status)
    return () if kind is None else (kind,)


def _read_answer(form: Mapping[str, str], sid: str, at: datetime) -> ReportBatch:
    words = form.get("OptOutType") or form.get("Body", "")
    address = _address(form.get("From", ""))
    if words.strip().upper() not in _STOP or not address:
        return _none_of_use("a message that came in and is no opt-out")
    report = DeliveryReport(
        source="twilio",
        report_id=f"{sid}/received",
        kind=ReportKind.OPTED_OUT,
        at=at,
        words=plain_words(words),
        **address,
    )
    return ReportBatch(reports=(report,))


def _address(number: str) -> dict[str, str]:
    """Give the address, which may be one of WhatsApp; nothing for a short code."""
    plain = number.rpartition(":")[2].strip()
    return {"address_field": "phone", "address": plain} if plain.startswith("+") else {}


def _none_of_use(reason: str) -> ReportBatch:
    return ReportBatch(set_aside=(SetAsideReport(where="the request", reason=reason),))


def _check_signature(url: str, form: Mapping[str, str], signature: str, token: Secret) -> None:
    """Compare with what Twilio signs: the address, then names and values in order of names."""
    fields = "".join(f"{name}{form[name]}" for name in sorted(form))
    for spelled in _spellings(url):
        digest = hmac.digest(token.reveal().encode(), f"{spelled}{fields}".encode(), "sha1")
        expected = base64.b64encode(digest)
        if hmac.compare_digest(expected, signature.strip().encode("utf-8", "replace")):
            return
    raise UntrustedReportError(
        "twilio",
        "its signature does not fit",
        "compare the auth token, and the address with the one that Twilio calls",
    )


def _spellings(url: str) -> Iterator[str]:
    """Give *url* as it is, and with or without the port that goes without saying."""
    yield url
    parts = urlsplit(url)
    usual = _PORTS.get(parts.scheme)
    if parts.port is None:
        yield urlunsplit(parts._replace(netloc=f"{parts.netloc}:{usual}"))
    elif parts.port == usual:
        yield urlunsplit(parts._replace(netloc=parts.netloc.rpartition(":")[0]))
