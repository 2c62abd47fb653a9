"""The campaign whose power is cut, and the provider it goes to, which keeps its power."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from plans_to_deliver import FakeChannel, make_plan

from crmlib.delivery._payload import payload_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmlib.campaigns import Plan
    from crmlib.messages import DeliveryReceipt, Message

RECIPIENTS = 12
_KEY_LIFE_SECONDS = 24 * 3600


class Provider(FakeChannel):
    """Take everything, and know what arrived.

    Parameters
    ----------
    is_keyed : bool
        Whether what came before under the same key, and is the same, is dropped.
    taken : iterable of str
        What it took so far: marks, each a key and the hash of a payload.

    Attributes
    ----------
    taken : list of str
        All of it.
    arrived : Counter of str
        How often a message of each key arrived.
    repeats : int
        How many it dropped.
    """

    def __init__(self, *, is_keyed: bool, taken: Iterable[str] = ()) -> None:
        super().__init__(idempotency_seconds=_KEY_LIFE_SECONDS if is_keyed else 0)
        self.arrived: Counter[str] = Counter()
        self.repeats = 0
        self._is_keyed = is_keyed
        self.taken: list[str] = []
        for mark in taken:
            self._take(mark)

    def send(self, messages: Sequence[Message]) -> list[DeliveryReceipt]:
        """Take them."""
        for message in messages:
            self._take(mark_of(message))
        return super().send(messages)

    def _take(self, mark: str) -> None:
        if self._is_keyed and mark in self.taken:
            self.repeats += 1
        else:
            self.arrived[mark.split(maxsplit=1)[0]] += 1
        self.taken.append(mark)


def mark_of(message: Message) -> str:
    """Say what is marked of *message*."""
    return f"{message.key} {payload_hash(message).hex()}"


@cache
def make_campaign(name: str) -> Plan:
    """Give the plan, the same for the campaign and for its going on."""
    return make_plan(RECIPIENTS, campaign=name)
