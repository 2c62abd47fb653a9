"""Messages to servers that take one at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import attrs

from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmlib.channels._http_reply import HttpReply
    from crmlib.messages import Message


@attrs.frozen
class Sent:
    """What became of one message, and whether the door is closed for the next ones."""

    receipt: DeliveryReceipt
    is_closed_door: bool = False


def send_each(
    messages: Sequence[Message], send_one: Callable[[Message], Sent], connections: int = 1
) -> list[DeliveryReceipt]:
    """Send *messages* one by one, over several connections if there are.

    After one that met a closed door (no connection, no answer, too many
    requests, a refused login) those that have not begun are ``retry``: they
    would meet the same, one time-out after another.
    """
    closed: list[DeliveryReceipt] = []

    def attempt(message: Message) -> DeliveryReceipt:
        if closed:
            return attrs.evolve(closed[0], key=message.key)
        sent = send_one(message)
        if sent.is_closed_door:
            closed.append(
                DeliveryReceipt(
                    key="",
                    outcome=Outcome.RETRY,
                    detail=f"not tried, as one before it met: {sent.receipt.detail}",
                    retry_after_seconds=sent.receipt.retry_after_seconds,
                )
            )
        return sent.receipt

    if connections == 1 or len(messages) <= 1:
        return [attempt(message) for message in messages]
    with ThreadPoolExecutor(min(connections, len(messages))) as threads:
        return list(threads.map(attempt, messages))


def receipt_of(
    message: Message,
    reply: HttpReply,
    *,
    outcome: Outcome | None = None,
    detail: str | None = None,
    provider_id: str | None = None,
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
    """
    told = [part for part in (reply.summary, detail) if part]
    return DeliveryReceipt(
        key=message.key,
        outcome=reply.outcome if outcome is None else outcome,
        provider_id=provider_id,
        detail=": ".join(told),
        retry_after_seconds=reply.retry_after_seconds,
    )
