"""Delivery status notifications (RFC 3464, RFC 6533): one verdict for each recipient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from crmlib.channels._bounce_verdict import judge_failure
from crmlib.channels._mail_parts import fields_of
from crmlib.channels._report_kind import ReportKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from email.message import Message as Email

TYPES: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_BY_ACTION: Final = {
    "delivered": ReportKind.DELIVERED,
    "relayed": ReportKind.ACCEPTED,  # to a server that tells nothing
    "expanded": ReportKind.ACCEPTED,  # to several others
    "delayed": ReportKind.ACCEPTED,
}
_BY_CLASS: Final = {"2": "delivered", "4": "delayed"}


@attrs.frozen(kw_only=True)
class RecipientStatus:
    """What a server says of one recipient.

    Parameters
    ----------
    kind : ReportKind
        What became of the message.
    address : str
        The recipient as it was written to; empty if none is named.
    words : str
        Of the server.
    """

    kind: ReportKind
    address: str = attrs.field(repr=False)
    words: str


@attrs.frozen(kw_only=True)
class StatusNotification:
    """What a notification says.

    Parameters
    ----------
    envelope_id : str
        The mark that was given along with the message; empty if there is none.
    recipients : tuple of RecipientStatus
        One for each recipient.
    """

    envelope_id: str
    recipients: tuple[RecipientStatus, ...]


def read_notification(parts: Sequence[Email], notice: str) -> StatusNotification:
    """Read the *parts* with fields for machines; the *notice* is for people.

    Where the fields give no reason, the notice is asked.
    """
    groups = [group for part in parts for group in fields_of(part)]
    envelope_id = next((g["original-envelope-id"] for g in groups if _names_envelope(g)), "")
    about = [group for group in groups if "final-recipient" in group or "action" in group]
    return StatusNotification(
        envelope_id=_from_xtext(envelope_id),
        recipients=tuple(_read_group(group, notice) for group in about),
    )


def _names_envelope(group: dict[str, str]) -> bool:
    return "original-envelope-id" in group


def _read_group(group: dict[str, str], notice: str) -> RecipientStatus:
    status = group.get("status", "").partition(" ")[0]
    action = group.get("action", "").split(";")[0].strip().lower() or _BY_CLASS.get(status[:1], "")
    said = _after_type(group.get("diagnostic-code", ""))
    whom = group.get("original-recipient") or group.get("final-recipient", "")
    kind = _BY_ACTION.get(action)
    return RecipientStatus(
        kind=judge_failure(status, said or notice) if kind is None else kind,
        address=_address(_after_type(whom)),
        words=f"{status} {said}".strip() if said or status else notice,
    )


def _after_type(value: str) -> str:
    """Give what follows the type of an address or a diagnosis, as in ``rfc822; x@y``."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and " " not in kind.strip() else value


def _address(text: str) -> str:
    bare = text.strip().strip("<>")
    return bare if "@" in bare and " " not in bare else ""


def _from_xtext(text: str) -> str:
    return text.replace("+3D", "=").replace("+3d", "=")
