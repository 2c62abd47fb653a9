"""One delivery report, whoever it came from."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- attrs
from hashlib import blake2b
from typing import Final

import attrs
from attrs import validators

from crmlib.channels._report_kind import ReportKind

UNSIGNED_MAIL: Final = "unsigned mail"
"""The source of reports by mail that proves nothing: anyone can have written it."""
_LONGEST: Final = 200


def _as_name(name: str) -> str:
    """Give *name* if it can be stored and looked up anywhere, else its hash."""
    if not isinstance(name, str) or (name.isprintable() and len(name) <= _LONGEST):
        return name
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _storable(text: str | None) -> str | None:
    """Leave out of *text* what no database holds: half letters, null and control characters."""
    return None if text is None else "".join(filter(str.isprintable, text)) or None


def _is_aware(_: object, __: object, at: datetime) -> None:
    if at.tzinfo is None:
        raise ValueError("at must be an aware datetime")


@attrs.frozen(kw_only=True)
class DeliveryReport:
    """What one report says of one message, or of one address.

    Its ``repr`` holds no address, so that logs hold none either.

    Parameters
    ----------
    source : str
        Who tells: ``"mail"``, ``"twilio"``, ``"solapi"``, ``"nhncloud"``, or
        a name of yours; ``"unsigned mail"``: a mail that proves nothing, as
        anyone can have written it.
    report_id : str
        What the source calls this report: when it comes a second time, it is
        known by that.  One that is long, or holds control characters, is
        kept as its hash.
    kind : ReportKind
        What became of the message.
    at : datetime
        When it happened, aware.
    message_key : str, optional
        Which message it is about: its key as the channel sent it along.
    provider_id : str, optional
        What the provider calls the message.
    address_field, address : str, optional
        Whom it is about: ``"email"`` or ``"phone"``, and the address.
    words : str, optional
        The words of the source, without addresses.

    Raises
    ------
    ValueError
        If it says neither which message nor whom it is about, gives an
        address without its field, or a moment without a zone.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> DeliveryReport(
    ...     source="mail", report_id="5b1f", kind="hard_bounce",
    ...     at=datetime(2026, 11, 2, tzinfo=UTC), message_key="9f2c",
    ... ).kind.is_failure
    True
    """

    source: str = attrs.field(validator=validators.min_len(1))
    report_id: str = attrs.field(converter=_as_name, validator=validators.min_len(1))
    kind: ReportKind = attrs.field(converter=ReportKind)
    at: datetime = attrs.field(validator=_is_aware)
    message_key: str | None = None
    provider_id: str | None = attrs.field(default=None, converter=_storable)
    address_field: str | None = None
    address: str | None = attrs.field(default=None, repr=False)
    words: str | None = attrs.field(default=None, converter=_storable)

    def __attrs_post_init__(self) -> None:
        if not (self.message_key or self.provider_id or self.address):
            raise ValueError("a report needs a message_key, a provider_id or an address")
        if (self.address is None) != (self.address_field is None):
            raise ValueError("address and address_field are given both or neither")
