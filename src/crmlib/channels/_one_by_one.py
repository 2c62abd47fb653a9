"""Messages to servers that take one at a time, or several of a kind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import attrs

from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from crmlib.channels._http_reply import HttpReply
    from crmlib.messages import Message


@attrs.frozen
class Sent:
    """What became of the messages of one request.

    Parameters
    ----------
    receipts : sequence of DeliveryReceipt
        One for each message.
    is_closed_door : bool, default=False
        Whether the next request would meet the same: no connection, no
        answer, too many requests, a refused login.
    """

    receipts: Sequence[DeliveryReceipt]
    is_closed_door: bool = False


def send_each(
    messages: Sequence[Message], send_one: Callable[[Message], Sent], connections: int = 1
) -> list[DeliveryReceipt]:
    """Send *messages* one by one, over several connections if there are.

    After one that met a closed door those that have not begun are ``retry``:
    they would meet the same, one time-out after another.
    """
    groups = [[message] for message in messages]
    return send_groups(messages, groups, lambda group: send_one(group[0]), connections)


def send_groups(
    messages: Sequence[Message],
    groups: Iterable[Sequence[Message]],
    send_group: Callable[[Sequence[Message]], Sent],
    connections: int = 1,
) -> list[DeliveryReceipt]:
    """Send *messages*, each group in a request of its own; the receipts come in order.

    A message in no group gets no receipt, so put each in one.
    """
    closed: list[DeliveryReceipt] = []
    interrupted = DeliveryReceipt(key="", outcome=Outcome.RETRY, detail="not begun")

    def attempt(group: Sequence[Message]) -> Sequence[DeliveryReceipt]:
        if closed:
            return [attrs.evolve(closed[0], key=message.key) for message in group]
        try:
            sent = send_group(group)
        except BaseException:
            closed.append(interrupted)
            raise
        if sent.is_closed_door:
            last = sent.receipts[-1]
            closed.append(
                DeliveryReceipt(
                    key="",
                    outcome=Outcome.RETRY,
                    detail=f"not tried, as one before it met: {last.detail}",
                    retry_after_seconds=last.retry_after_seconds,
                )
            )
        return sent.receipts

    together = list(groups)
    if connections == 1 or len(together) <= 1:
        answers = [attempt(group) for group in together]
    else:
        with ThreadPoolExecutor(min(connections, len(together))) as threads:
            try:
                answers = list(threads.map(attempt, together))
            except BaseException:  # interrupted: what has not begun must not begin
                closed.append(interrupted)
                raise
    places = {id(message): place for place, message in enumerate(messages)}
    paired = [
        (places[id(message)], receipt)
        for group, receipts in zip(together, answers, strict=True)
        for message, receipt in zip(group, receipts, strict=True)
    ]
    return [receipt for _, receipt in sorted(paired, key=lambda pair: pair[0])]


def send_halving(
    messages: Sequence[Message], send_all: Callable[[Sequence[Message]], Sent | None]
) -> Sent:
    """Send *messages* in one request; where the server refuses it whole, in halves.

    One row that the server cannot read must not cost the others their
    message.  What is refused whole was not taken, so this sends nothing twice.

    Parameters
    ----------
    messages : sequence of Message
        At least one.
    send_all : callable
        Gives what became of its messages; None if there are several and the
        server refused the request whole, for what is in it.
    """
    sent = send_all(messages)
    if sent is not None:
        return sent
    middle = len(messages) // 2
    first = send_halving(messages[:middle], send_all)
    if first.is_closed_door:
        rest = [
            attrs.evolve(first.receipts[-1], key=each.key, outcome=Outcome.RETRY)
            for each in messages[middle:]
        ]
        return Sent([*first.receipts, *rest], is_closed_door=True)
    second = send_halving(messages[middle:], send_all)
    return Sent([*first.receipts, *second.receipts], second.is_closed_door)


def group_by(
    messages: Iterable[Message], kind: Callable[[Message], object]
) -> list[list[Message]]:
    """Put together what is of one kind, in the order of the first of each."""
    groups: dict[object, list[Message]] = {}
    for message in messages:
        groups.setdefault(kind(message), []).append(message)
    return list(groups.values())


def receipt_of(
    message: Message,
    reply: HttpReply,
    *,
    outcome: Outcome | None = None,
    detail: str | None = None,
    provider_id: str | None = None,
    wait_seconds: float | None = None,
) -> DeliveryReceipt:
    """Give the receipt of *message*: what phase and status tell, or a better known *outcome*.

    Parameters
    ----------
    message : Message
        What was sent.
    reply : HttpReply
        What came of it.
    outcome : Outcome, optional
        What the provider's own words tell.
    detail : str, optional
        Those words, free of addresses.
    provider_id : str, optional
        What the provider calls the message.
    wait_seconds : float, optional
        How long to wait, if the provider's words tell it and no header does.
    """
    asked = reply.retry_after_seconds
    told = [part for part in (reply.summary, detail) if part]
    return DeliveryReceipt(
        key=message.key,
        outcome=reply.outcome if outcome is None else outcome,
        provider_id=provider_id,
        detail=": ".join(told),
        retry_after_seconds=wait_seconds if asked is None else asked,
    )
