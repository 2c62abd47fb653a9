"""Messages that a provider holds, and is asked to let go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.channels._provider_words import plain_words
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from crmlib.channels._http_reply import HttpReply

_TAKEN_BACK: Final = {Outcome.ACCEPTED: Outcome.REJECTED, Outcome.REJECTED: Outcome.ACCEPTED}


def cancel_each(
    receipts: Sequence[DeliveryReceipt],
    shape: re.Pattern[str],
    cancel: Callable[[DeliveryReceipt, tuple[str, ...]], DeliveryReceipt],
) -> list[DeliveryReceipt]:
    """Take back what *receipts* say is held, one by one.

    Parameters
    ----------
    receipts : sequence of DeliveryReceipt
        From ``schedule``.
    shape : pattern
        Of their provider ids, whose groups are handed to *cancel*.
    cancel : callable
        Takes back one message and gives what became of it.

    Raises
    ------
    InvalidParameterError
        If an id has another shape; nothing has been taken back then.
    """
    held = [receipt for receipt in receipts if receipt.outcome is Outcome.ACCEPTED]
    found = {id(receipt): shape.fullmatch(receipt.provider_id or "") for receipt in held}
    for receipt in held:
        if found[id(receipt)] is None:
            expected = "receipts that schedule() of this channel gave"
            raise InvalidParameterError("receipts", receipt.provider_id, expected)
    parts = {place: match.groups() for place, match in found.items() if match is not None}
    return [
        cancel(receipt, parts[id(receipt)]) if id(receipt) in parts else receipt
        for receipt in receipts
    ]


def taken_back(
    receipt: DeliveryReceipt, reply: HttpReply, told: str, said: Outcome
) -> DeliveryReceipt:
    """Give what became of a message that a provider was asked to let go.

    Parameters
    ----------
    receipt : DeliveryReceipt
        Of the message.
    reply : HttpReply
        Of the provider.
    told : str
        Its words.
    said : Outcome
        Whether it took the request.
    """
    became = _TAKEN_BACK.get(said, said)
    word = {Outcome.REJECTED: "taken back", Outcome.ACCEPTED: "not taken back"}.get(became, "")
    parts = [part for part in (word, reply.summary, plain_words(told.strip())) if part]
    return attrs.evolve(
        receipt,
        outcome=became,
        detail=": ".join(parts),
        retry_after_seconds=reply.retry_after_seconds,
    )


def next_minute(moment: datetime) -> datetime:
    """Give *moment* if it is a whole minute, the next one otherwise.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> f"{next_minute(datetime(2026, 11, 2, 9, 59, 1, tzinfo=UTC)):%H:%M:%S}"
    '10:00:00'
    """
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)
