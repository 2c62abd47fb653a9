"""Messages that are refused on this side, beside those that go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidAddressError
from crmlib.messages import DeliveryReceipt, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmlib.messages import Message


def answer_around(
    messages: Sequence[Message],
    check_address: Callable[[str], object],
    send: Callable[[Sequence[Message]], list[DeliveryReceipt]],
) -> list[DeliveryReceipt]:
    """Send those of *messages* whose address passes; the others are ``rejected``.

    Parameters
    ----------
    messages : sequence of Message
        All of them.
    check_address : callable
        Raises InvalidAddressError for an address that the channel cannot reach.
    send : callable
        Gives receipts in the order of what it is given.
    """
    refused: dict[int, DeliveryReceipt] = {}
    for place, message in enumerate(messages):
        try:
            check_address(message.recipient.address)
        except InvalidAddressError as error:
            refused[place] = DeliveryReceipt(
                key=message.key, outcome=Outcome.REJECTED, detail=str(error)
            )
    going = [message for place, message in enumerate(messages) if place not in refused]
    receipts = iter(send(going) if going else [])
    return [
        refused[place] if place in refused else next(receipts) for place in range(len(messages))
    ]
