"""The lanes of a sender, one for each channel, so that none waits for another."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.delivery._audit_log import Action
from crmlib.delivery._campaign_control import hold_up
from crmlib.delivery._claims import claim
from crmlib.delivery._outcomes import record
from crmlib.delivery._watch import Watch
from crmlib.exceptions import ChannelBrokenError, CRMLibError

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
_IDLE_SECONDS: Final = 1.0
"""How long a lane with nothing to do leaves the ledger alone while others work."""
_HELD_BACK_SECONDS: Final = 20.0
"""And one whose channel takes nothing now."""


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

    def serve(self, watch: Watch) -> None:
        """Deliver what is due, and what falls due while other lanes of the *watch* work.

        Raises
        ------
        ChannelBrokenError
            If the channel raised three times in a row; the campaign is paused then.
        """
        with watch.on_duty():
            while True:
                is_held_back = self._clear()
                if not watch.rest(_HELD_BACK_SECONDS if is_held_back else _IDLE_SECONDS):
                    break

    def _clear(self) -> bool:
        """Deliver what is due; True if some of it may not go now, for a rate or a wait."""
        shared = self.round
        while not shared.stop():
            room = self.courier.room
            terms = attrs.evolve(self.terms, batch_size=int(min(self.terms.batch_size, room)))
            batch = claim(
                *(shared.store, shared.run, shared.plan, shared.gate),
                terms=terms,
                now=shared.clock(),
            )
            if not batch.touched:
                return not room
            try:
                is_carried = self._carry(batch)
            except ChannelBrokenError as error:
                campaign, words = shared.run.campaign_id, str(error)
                with shared.store.write_alone() as connection:
                    hold_up(connection, campaign, Action.BREAKER, words, shared.clock())
                raise
            if not is_carried:
                return True
        return False

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


def serve_all(lanes: Sequence[Lane], halt: Event) -> None:
    """Serve all *lanes* beside each other, the first of them in this thread.

    When one fails, or the user interrupts, *halt* is set, the others record
    what they have in hand, and what was raised first goes on, an interrupt
    before all else.  What others raised besides is told with it.
    """
    watch = Watch(len(lanes))
    failures: list[BaseException] = []

    def serve(lane: Lane) -> None:
        try:
            lane.serve(watch)
        except BaseException as error:  # noqa: BLE001 -- raised below
            failures.append(error)
            halt.set()

    with ThreadPoolExecutor(_MOST_AT_ONCE - 1, "crmlib-lane") as threads:
        try:
            others = [threads.submit(serve, lane) for lane in lanes[1:]]
            for lane in lanes[:1]:
                serve(lane)
            wait(others)
        except BaseException:  # an interrupt while the others are waited for
            halt.set()
            raise
    failures.sort(key=lambda failure: isinstance(failure, Exception))
    for failure in failures[1:]:
        failures[0].add_note(f"besides: {_told(failure)}")
    for failure in failures[:1]:
        raise failure


def _told(failure: BaseException) -> str:
    """Say what a lane raised; only the words of crmlib hold no addresses for sure."""
    kind = type(failure).__name__
    return f"{kind}: {failure}" if isinstance(failure, CRMLibError) else kind
