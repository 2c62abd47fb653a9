"""What the reports of providers that post JSON have in common."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from crmlib.channels._report_batch import ReportBatch
from crmlib.channels._set_aside_report import SetAsideReport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crmlib.channels._delivery_report import DeliveryReport

_KOREA: Final = "82"


def read_json(body: bytes | str) -> Any:
    """Read *body*; None if it is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return None


def read_entries(
    entries: Iterable[Any], read: Callable[[dict[str, Any]], tuple[DeliveryReport, ...] | str]
) -> ReportBatch:
    """Read each of *entries* by *read*, which gives reports, or why there are none."""
    reports: list[DeliveryReport] = []
    set_aside = []
    for number, entry in enumerate(entries, start=1):
        try:
            found = read(entry) if isinstance(entry, dict) else "no object"
        except RecursionError:  # it was just not too deep to be read
            found = "nested too deep"
        if isinstance(found, str):
            set_aside.append(SetAsideReport(where=f"entry {number}", reason=found))
        else:
            reports += found
    return ReportBatch(reports=tuple(reports), set_aside=tuple(set_aside))


def none_of_use(reason: str) -> ReportBatch:
    """Give the batch of a request that holds nothing to read."""
    return ReportBatch(set_aside=(SetAsideReport(where="the request", reason=reason),))


def text_of(entry: dict[str, Any], *names: str) -> str:
    """Give the first text or number of *entry* under one of *names*; nothing if there is none."""
    for name in names:
        value = entry.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
            return str(value)
    return ""


def digest_of(entry: Any) -> str:
    """Name *entry* by what it holds, for a provider that gives no name."""
    text = json.dumps(entry, sort_keys=True, ensure_ascii=True)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def phone_of(number: str, country: str = _KOREA) -> dict[str, str]:
    """Give the address that *number* is, in E.164; nothing if there is none.

    Examples
    --------
    >>> phone_of("010-1234-5678"), phone_of("")
    ({'address_field': 'phone', 'address': '+821012345678'}, {})
    """
    digits = "".join(filter("0123456789".__contains__, number))
    if not digits or not country.isdecimal():
        return {}
    national = digits if number.lstrip().startswith("+") else f"{country}{digits.lstrip('0')}"
    return {"address_field": "phone", "address": f"+{national}"}
