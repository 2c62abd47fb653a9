"""What Solapi posts about messages."""

from __future__ import annotations

import hashlib
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
_ON_ITS_WAY: Final = frozenset({"2000", "3000"})
_ARRIVED: Final = "4000"
_OPTED_OUT: Final = frozenset({"1061", "2061"})
_NO_KAKAO: Final = "3104"
_PASSING: Final = frozenset({"3108"})
_SHORTEST_CODE: Final = 4


def read_solapi_reports(
    body: bytes | str,
    *,
    received_at: datetime,
    secret_header: str = "",
    secret: str | Secret | None = None,
) -> ReportBatch:
    """Read one request of Solapi's webhook ``SINGLE-REPORT``.

    It holds a list, each entry of which is one report; what was not answered
    with 200 comes again.

    Parameters
    ----------
    body : bytes or str
        What was posted, as it came.
    received_at : datetime
        Aware; taken for reports that do not say when it happened.
    secret_header : str, default=""
        The header ``X-Solapi-Secret``.
    secret : str or Secret, optional
        What was entered with the webhook at Solapi: the header must be its
        SHA-1.  Without one, nothing is compared; keep the address secret then.

    Raises
    ------
    UntrustedReportError
        If the header does not fit the secret: answer 403.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> body = '[{"eventDataId": "e1", "data": {"messageId": "M4V1", "statusCode": "4000"}}]'
    >>> batch = read_solapi_reports(body, received_at=datetime(2026, 11, 2, tzinfo=UTC))
    >>> batch.reports[0].kind, batch.reports[0].provider_id
    (<ReportKind.DELIVERED: 'delivered'>, 'M4V1')
    """
    if secret is not None:
        _check_secret(secret_header, Secret(secret, "secret"))
    entries = read_json(body)
    if not isinstance(entries, list):
        return none_of_use("no list in JSON")
    return read_entries(entries, lambda entry: _read(entry, received_at))


def _check_secret(header: str, secret: Secret) -> None:
    expected = hashlib.sha1(secret.reveal().encode(), usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(expected.encode(), header.strip().lower().encode()):
        raise UntrustedReportError(
            "solapi",
            "X-Solapi-Secret does not fit",
            "compare the secret of the webhook at Solapi with yours",
        )


def _read(entry: dict[str, Any], received_at: datetime) -> tuple[DeliveryReport, ...] | str:
    inner = entry.get("data")
    data: dict[str, Any] = inner if isinstance(inner, dict) else entry
    code, message_id = text_of(data, "statusCode"), text_of(data, "messageId")
    if not message_id:
        return "it names no message"
    kinds = _kinds(code)
    if not kinds:
        return "a status that is not known"
    report_id = text_of(entry, "eventDataId") or digest_of(data)
    custom = data.get("customFields")
    key = text_of(custom, "key") if isinstance(custom, dict) else ""
    told = f"{code} {text_of(data, 'statusMessage', 'reason')}"
    return tuple(
        DeliveryReport(
            source="solapi",
            report_id=report_id if kind is kinds[0] else f"{report_id}/{kind}",
            kind=kind,
            at=min(_moment(data) or received_at, received_at),
            message_key=read_mark(key),
            provider_id=message_id,
            words=plain_words(told),
            **phone_of(text_of(data, "to"), text_of(data, "country") or "82"),
        )
        for kind in kinds
    )


def _kinds(code: str) -> tuple[ReportKind, ...]:
    """Give what a status says; two things where a message failed as its recipient had opted out.

    That somebody has no KakaoTalk says nothing of the number, so it is no
    hard bounce.
    """
    if code in _ON_ITS_WAY:
        return (ReportKind.ACCEPTED,)
    if code == _ARRIVED:
        return (ReportKind.DELIVERED,)
    if len(code) != _SHORTEST_CODE or not code.isdecimal() or code[0] not in "123":
        return ()
    if code in _OPTED_OUT:
        return (ReportKind.FAILED, ReportKind.OPTED_OUT)
    return (ReportKind.SOFT_BOUNCE if code in _PASSING else ReportKind.FAILED,)


def _moment(data: dict[str, Any]) -> datetime | None:
    try:
        at = datetime.fromisoformat(
            text_of(data, "dateReported", "dateReceived", "dateProcessed", "dateUpdated")
        )
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=_KOREA)
