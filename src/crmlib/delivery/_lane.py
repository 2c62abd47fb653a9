"""The lanes of a sender, one for each channel, so that none waits for another."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.delivery._audit_log import Action
from crmlib.delivery._campaign_control import hold_up
from crmlib.delivery._claims import claim
from crmlib.delivery._outcomes import record
from crmlib.exceptions import ChannelBrokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from threading import Event

    from crmlib.campaigns import Plan
    from crmlib.delivery._claims import ClaimBatch, Terms
    from crmlib.delivery._delivery_state import DeliveryState
    from crmlib.delivery._enrolment import Run
    from crmlib.delivery._gate import Gate
    from crmlib.delivery._sending import Courier
    from crmlib.delivery._store import Store
    from crmlib.delivery._tally import Tally
    from crmlib.messages import DeliveryReceipt

_MOST_AT_ONCE: Final = 8


@attrs.frozen(kw_only=True)
class Round:
    """What all lanes of one call share.

    Parameters
    ----------
    store : Store
    run : Run
    plan : Plan
    gate : Gate
    tally : Tally
    clock : callable
        Gives the present instant.
    stop : callable
        Says whether to claim no more.
    """

    store: Store
    run: Run
    plan: Plan
    gate: Gate
    tally: Tally
    clock: Callable[[], datetime]
    stop: Callable[[], bool]


@attrs.frozen
class Lane:
    """Claim what is due by one channel, hand it over and record it, until nothing is left.

    Parameters
    ----------
    round : Round
    terms : Terms
        By which channel, and how it claims.
    courier : Courier
        Who hands over.
    """

    round: Round
    terms: Terms
    courier: Courier

    def clear(self) -> None:
        """Deliver what is due.

        Raises
        ------
        ChannelBrokenError
            If the channel raised three times in a row; the campaign is paused then.
        """
        shared = self.round
        while not shared.stop():
            batch = claim(
                *(shared.store, shared.run, shared.plan, shared.gate),
                terms=self.terms,
                now=shared.clock(),
            )
            if not batch.touched:
                break
            try:
                is_carried = self._carry(batch)
            except ChannelBrokenError as error:
                campaign, words = shared.run.campaign_id, str(error)
                with shared.store.write_alone() as connection:
                    hold_up(connection, campaign, Action.BREAKER, words, shared.clock())
                raise
            if not is_carried:
                break

    def _carry(self, batch: ClaimBatch) -> bool:
        """Send *batch* and record it; False if it had claims and none could be handed over."""
        store = self.round.store
        receipts: dict[str, DeliveryReceipt] = {}
        states: Counter[DeliveryState] = Counter()
        if batch.lineage is not None:
            try:
                store.witness(batch.lineage)
                self.courier.carry(batch, receipts)
            finally:  # also when the user interrupts: what is known now must not become unknown
                attempts, now = self.terms.max_attempts, self.round.clock()
                states = record(store, batch, receipts, max_attempts=attempts, now=now)
        self.round.tally.add(batch.finished, states)
        return bool(receipts) or not batch.claims


def clear_all(lanes: Sequence[Lane], halt: Event) -> None:
    """Clear all *lanes* beside each other, the first of them in this thread.

    When one fails, or the user interrupts, *halt* is set, the others record
    what they have in hand, and what was raised first goes on.
    """

    def clear(lane: Lane) -> None:
        try:
            lane.clear()
        except BaseException:
            halt.set()
            raise

    with ThreadPoolExecutor(_MOST_AT_ONCE - 1, "crmlib-lane") as threads:
        others = [threads.submit(clear, lane) for lane in lanes[1:]]
        try:
            for lane in lanes[:1]:
                lane.clear()
            for other in others:
                other.result()
        except BaseException:
            halt.set()
            raise
