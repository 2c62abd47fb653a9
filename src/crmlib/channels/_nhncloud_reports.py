"""What NHN Cloud posts about messages."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from crmlib.channels._delivery_report import DeliveryReport
from crmlib.channels._json_reports import (
    digest_of,
    none_of_use,
    phone_of,
    read_entries,
    read_json,
    text_of,
)
from crmlib.channels._message_mark import read_mark
from crmlib.channels._provider_words import plain_words
from crmlib.channels._report_kind import ReportKind
from crmlib.channels._secret import Secret
from crmlib.exceptions import UntrustedReportError

if TYPE_CHECKING:
    from crmlib.channels._report_batch import ReportBatch

_KOREA: Final = timezone(timedelta(hours=9))
_ARRIVED: Final = frozenset({"1000", "MRC01"})
# NHN Cloud, "result codes": no subscriber, no such number
_NO_SUCH_NUMBER: Final = frozenset({"3001", "3003"})
# switched off, buffer full, out of coverage, a passing fault, suspended, in a call, time out
_OUT_OF_REACH: Final = frozenset(
    {"1001", "1019", "2000", "2003", "2004", "2005", "2007", "3004", "3005"}
)
_ON_ITS_WAY: Final = frozenset({"RESERVED", "SENDING", "RESEND_AD"})


def read_nhncloud_reports(
    body: bytes | str,
    *,
    received_at: datetime,
    signature: str = "",
    secret: str | Secret | None = None,
) -> ReportBatch:
    """Read one request of NHN Cloud's webhooks, of SMS and of KakaoTalk Bizmessage.

    Events are ``MESSAGE_RESULT_UPDATE``, and ``UNSUBSCRIBE``: somebody
    called the 080 number.

    Parameters
    ----------
    body : bytes or str
        What was posted, as it came.
    received_at : datetime
        Aware; taken for reports that do not say when it happened.
    signature : str, default=""
        The header ``X-Toast-Webhook-Signature``.
    secret : str or Secret, optional
        What was entered with the webhook at NHN Cloud: the header must be
        the same.  Without one, nothing is compared; keep the address secret
        then.

    Raises
    ------
    UntrustedReportError
        If the header is not the secret: answer 403.

    References
    ----------
    NHN Cloud, *Notification > SMS > Webhook* and *Result Code*.
    """
    if secret is not None:
        _check_signature(signature, Secret(secret, "secret"))
    request = read_json(body)
    hooks = request.get("hooks") if isinstance(request, dict) else None
    if not isinstance(hooks, list):
        return none_of_use("no list of hooks in JSON")
    event = text_of(request, "event")
    if event == "UNSUBSCRIBE":
        return read_entries(hooks, lambda hook: _read_opt_out(hook, received_at))
    if event == "MESSAGE_RESULT_UPDATE":
        return read_entries(hooks, lambda hook: _read_result(hook, received_at))
    return none_of_use("an event that is not about messages")


def _check_signature(signature: str, secret: Secret) -> None:
    if not hmac.compare_digest(secret.reveal().encode(), signature.strip().encode()):
        raise UntrustedReportError(
            "nhncloud",
            "X-Toast-Webhook-Signature is another",
            "compare the signature of the webhook at NHN Cloud with yours",
        )


def _read_opt_out(hook: dict[str, Any], received_at: datetime) -> tuple[DeliveryReport, ...] | str:
    address = phone_of(text_of(hook, "recipientNo"))
    if not address:
        return "it names no number"
    report = DeliveryReport(
        source="nhncloud",
        report_id=text_of(hook, "hookId") or digest_of(hook),
        kind=ReportKind.OPTED_OUT,
        at=_moment(text_of(hook, "createdDateTime"), received_at),
        words="called the 080 number",
        **address,
    )
    return (report,)


def _read_result(hook: dict[str, Any], received_at: datetime) -> tuple[DeliveryReport, ...] | str:
    request_id, number = text_of(hook, "requestId"), text_of(hook, "recipientSeq")
    if not request_id:
        return "it names no message"
    status, code = text_of(hook, "messageStatus"), text_of(hook, "resultCode")
    kind = _kind(status, code)
    if kind is None:
        return "a status that is not known"
    report = DeliveryReport(
        source="nhncloud",
        report_id=text_of(hook, "hookId") or digest_of(hook),
        kind=kind,
        at=_moment(text_of(hook, "receiveDate"), received_at),
        message_key=read_mark(text_of(hook, "recipientGroupingKey")),
        provider_id=f"{request_id}/{number}".strip("/"),
        words=plain_words(f"{code} {status}"),
        **phone_of(text_of(hook, "recipientNo")),
    )
    return (report,)


def _kind(status: str, code: str) -> ReportKind | None:
    if status in _ON_ITS_WAY:
        return ReportKind.ACCEPTED
    if code in _ARRIVED:
        return ReportKind.DELIVERED
    if code in _NO_SUCH_NUMBER:
        return ReportKind.HARD_BOUNCE
    if code in _OUT_OF_REACH:
        return ReportKind.SOFT_BOUNCE
    return ReportKind.FAILED if code else None


def _moment(text: str, received_at: datetime) -> datetime:
    """Read a moment, which is that of Korea if it does not say; it is not in the future."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return received_at
    return min(at if at.tzinfo else at.replace(tzinfo=_KOREA), received_at)
