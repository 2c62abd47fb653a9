"""Messages that a provider is asked about."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.channels._one_by_one import Sent, receipt_of, send_each
from crmlib.channels._provider_words import plain_id, plain_words
from crmlib.channels._setting_values import read_instant
from crmlib.messages import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from crmlib.channels._http_reply import HttpReply
    from crmlib.messages import DeliveryReceipt, Message

_CLOCKS_DIFFER: Final = timedelta(minutes=5)
# NHN Cloud and SENS refuse to look over more than 30 days
_LONGEST: Final = timedelta(days=29)
_NOTHING_THERE: Final = 404
_SETTLED: Final = frozenset({Outcome.ACCEPTED, Outcome.REJECTED})
_WEIGHTS: Final = (Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.REJECTED)
# by when what was claimed has left; what came later with the same text is another message
_SENT_WITHIN: Final = timedelta(hours=1)


def look_up_each(
    messages: Sequence[Message], find: Callable[[Message], Sent], connections: int = 1
) -> list[DeliveryReceipt]:
    """Ask for *messages* one by one; what the provider has no record of is ``unknown``.

    Nothing is sent, so nothing may be tried again: a provider that cannot be
    reached, or wants no more questions for now, leaves the rest unknown.
    """
    return [
        receipt if receipt.outcome in _SETTLED else attrs.evolve(receipt, outcome=Outcome.UNKNOWN)
        for receipt in send_each(messages, find, connections)
    ]


def time_to_look_at(since: datetime, now: datetime) -> tuple[datetime, datetime]:
    """Give from when to when, by its own clock, a provider took what was claimed *since* then.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> claimed, today = (datetime(2026, month, 2, tzinfo=UTC) for month in (11, 12))
    >>> start, end = time_to_look_at(claimed, today)
    >>> f"{start:%d %H:%M} to {end:%d %H:%M}"
    '01 23:55 to 30 23:55'
    """
    start = read_instant("since", since) - _CLOCKS_DIFFER
    return start, min(now + _CLOCKS_DIFFER, start + _LONGEST)


def time_of_sending(since: datetime) -> tuple[datetime, datetime]:
    """Give from when to when a provider took what was claimed *since* then, and left at once.

    It is for providers that keep no key: the same text may have gone to the
    same number before and after.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> start, end = time_of_sending(datetime(2026, 11, 2, tzinfo=UTC))
    >>> f"{start:%d %H:%M} to {end:%d %H:%M}"
    '01 23:55 to 02 01:00'
    """
    moment = read_instant("since", since)
    return moment - _CLOCKS_DIFFER, moment + _SENT_WITHIN


@attrs.frozen(kw_only=True)
class Record:
    """What a provider has on record of one message of ours.

    Parameters
    ----------
    outcome : Outcome
        ``accepted`` or ``rejected``; ``unknown`` if its status is none that is known.
    told : str
        Code and words of the provider.
    provider_id : object
        What it calls the message.
    """

    outcome: Outcome
    told: str
    provider_id: object


def nearest_record(since: datetime, found: Sequence[tuple[datetime, Record]]) -> list[Record]:
    """Give the one of the records *found* that was made next to *since*.

    Where some were taken and others not, nobody can say which of them is ours.
    """
    if len({record.outcome for _, record in found}) > 1:
        told = "there are several such messages, and not all were taken"
        return [Record(outcome=Outcome.UNKNOWN, told=told, provider_id=None)]
    return [record for _, record in sorted(found, key=lambda pair: abs(pair[0] - since))][:1]


def on_record(message: Message, reply: HttpReply, records: Sequence[Record]) -> Sent:
    """Give what the provider has on record of *message*, by its answer and the *records* in it.

    One that was taken counts more than others that failed: those are of
    attempts before.  An answer that is no clear yes settles nothing.
    """
    found = sorted(records, key=lambda record: _WEIGHTS.index(record.outcome))
    outcome, told, provider_id = Outcome.UNKNOWN, "no such message is on record", None
    if found and reply.outcome is Outcome.ACCEPTED:
        outcome, told, provider_id = found[0].outcome, found[0].told, found[0].provider_id
    receipt = receipt_of(
        message,
        reply,
        outcome=outcome,
        detail=plain_words(told.strip(), message),
        provider_id=plain_id(provider_id, message),
    )
    # SENS says 404 where it lists nothing
    return Sent([receipt], reply.is_closed_door and reply.status != _NOTHING_THERE)


def records_of(answer: Any, *way: str) -> list[dict[str, Any]]:
    """Give the objects in the list that *answer* holds at the end of *way*; none if there is none.

    Examples
    --------
    >>> records_of({"body": {"data": [{"id": 1}, 2]}}, "body", "data")
    [{'id': 1}]
    """
    for step in way:
        answer = answer.get(step) if isinstance(answer, dict) else None
    return [
        entry for entry in (answer if isinstance(answer, list) else []) if isinstance(entry, dict)
    ]
