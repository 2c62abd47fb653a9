"""What is asked again at the moment of sending: opted out, suppressed or capped since, quiet."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import attrs
import pandas as pd

from crmlib.databases import EPOCH
from crmlib.delivery._answers import as_words, as_words_in_turn
from crmlib.delivery._caps import Caps
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._queries import ANSWERS_FOR, EVENTS_OF_CONSENT
from crmlib.delivery._suppression_list import LISTED
from crmlib.messages import Decision, Purpose, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Row

    from crmlib.campaigns import Plan
    from crmlib.policies import PolicyRule

_STEP: Final = timedelta(minutes=1)
"""Quiet hours turn on whole minutes."""
_HORIZON: Final = timedelta(days=8)
_MEMORY: Final = 10_000
_AHEAD: Final = timedelta(days=1)
"""How far the clock that wrote a withdrawal may be ahead of this one."""


@attrs.frozen(kw_only=True)
class Obstacle:
    """Why a delivery that is due may not go now.

    Parameters
    ----------
    state : DeliveryState
        Where it goes instead: ``blocked``, ``expired``, or ``planned`` again.
    detail : str
        The reason.
    due_at : datetime
        When to look again, if it is planned again.
    """

    state: DeliveryState
    detail: str
    due_at: datetime


@attrs.frozen(kw_only=True)
class QuietPlace:
    """Whose clock and which rule a recipient's quiet hours follow."""

    medium: str
    timezone: str
    night_consent: bool


class Gate:
    """Look once more at each delivery, with what the ledger has learned since planning."""

    def __init__(self, plan: Plan) -> None:
        to_send = plan.table["decision"] == Decision.SEND
        policy, purpose = plan.policy, plan.header["purpose"]
        self._rules: dict[str, PolicyRule] = {
            medium: policy.rule(medium, purpose)
            for medium in plan.table.loc[to_send, "medium"].unique()
        }
        is_capped = purpose != Purpose.INFORMATIONAL
        own = plan.header.get("limits", {}).get("caps", ()) if is_capped else ()
        self._caps = Caps([*own, *self._caps_of_law()])
        self._topic = plan.header.get("topic") or ""
        self._customers = plan.table.index
        self._timezones = plan.table["timezone"].to_numpy()
        self._nights = plan.table["night_consent"].to_numpy()
        # most recipients share their clock with many others
        self._is_quiet_minute = lru_cache(_MEMORY)(self._ask_rule)
        self._end_of_quiet = lru_cache(_MEMORY)(self._next_permitted)

    @property
    def has_caps(self) -> bool:
        """Whether sends of other campaigns count."""
        return bool(self._caps)

    def _caps_of_law(self) -> Iterator[dict[str, Any]]:
        for medium, rule in self._rules.items():
            for cap in rule.caps:
                law = f"({cap.sources})"
                yield {
                    "most": cap.most,
                    "per": cap.per,
                    "medium": medium,
                    "law": law,
                    "zone": cap.zone,
                }

    def inspect(
        self, connection: Connection, rows: Sequence[Row[Any]], now: datetime
    ) -> list[Obstacle | QuietPlace]:
        """Give for each of *rows* what stands in its way, or else whose quiet hours it keeps."""
        suppressed = _suppressed(connection, rows, now)
        for_good = {endpoint for endpoint, until in suppressed.items() if until is None}
        withdrawals = Withdrawals(connection, rows, now)
        wanted = pd.Index([row.customer_id for row in rows], dtype=object)
        positions = self._customers.get_indexer(wanted)
        zones = [self._timezones[position] or "UTC" for position in positions]
        openings = self._caps.inspect(connection, rows, zones, now)
        found: list[Obstacle | QuietPlace] = []
        for row, position, zone, (opening, cap) in zip(
            rows, positions, zones, openings, strict=True
        ):
            night = bool(self._nights[position]) and not withdrawals.covers(row, "night")
            place = QuietPlace(medium=row.medium, timezone=zone, night_consent=night)
            needs_consent = self._rules[row.medium].consent != "none"
            if row.endpoint_hash in for_good:
                found.append(_blocked(row, Reason.SUPPRESSED))
            elif needs_consent and withdrawals.covers(row, "advertising", self._topic):
                found.append(_blocked(row, Reason.NO_CONSENT))
            elif (until := suppressed.get(row.endpoint_hash)) is not None:
                found.append(_put_off(row, until, f"{Reason.SUPPRESSED}: for a time"))
            elif opening > now:
                found.append(_put_off(row, opening, f"{Reason.FREQUENCY_CAP}: {cap}"))
            elif self.is_quiet(place, now):
                found.append(self._deferral(row, place, now))
            else:
                found.append(place)
        return found

    def is_quiet(self, place: QuietPlace, now: datetime) -> bool:
        """Say whether *now* lies in the quiet hours of *place*."""
        minute = now - (now - EPOCH) % _STEP
        return self._is_quiet_minute(place, minute)

    def _ask_rule(self, place: QuietPlace, minute: datetime) -> bool:
        return self._rules[place.medium].is_quiet(minute, place.timezone, place.night_consent)

    def _deferral(self, row: Row[Any], place: QuietPlace, now: datetime) -> Obstacle:
        """Put *row* off to the end of the quiet hours, if it may still go then."""
        # the search begins at a whole minute, so that a batch needs one search for each place
        start = now + (EPOCH - now) % _STEP
        moment = self._end_of_quiet(place, start)
        if moment is None or moment >= row.not_after:
            return Obstacle(
                state=DeliveryState.EXPIRED,
                detail=f"{Reason.QUIET_HOURS}: they end after its last moment",
                due_at=row.due_at,
            )
        return Obstacle(state=DeliveryState.PLANNED, detail=Reason.QUIET_HOURS, due_at=moment)

    def _next_permitted(self, place: QuietPlace, start: datetime) -> datetime | None:
        steps = range(_HORIZON // _STEP)
        moments = (start + step * _STEP for step in steps)
        return next((moment for moment in moments if not self.is_quiet(place, moment)), None)


class Withdrawals:
    """The consents that the ledger holds of some recipients up to now, and their withdrawals.

    A withdrawal counts from when it is known, also where the clock of the page
    that took it is ahead of this one or this one was put back.  What was said
    by a link counts for the address as well, whoever has it; of two such words
    the later one is that which came later, whatever the clocks of the pages say.
    """

    def __init__(self, connection: Connection, rows: Sequence[Any], now: datetime) -> None:
        customers = [row.customer_id for row in rows]
        values = {"customers": customers, "now": now, "ahead": now + _AHEAD}
        events: dict[str, list[Row[Any]]] = defaultdict(list)
        for event in connection.execute(EVENTS_OF_CONSENT, values):
            events[event.customer_id].append(event)
        self._events = {customer: as_words(said) for customer, said in events.items()}
        addresses = [row.endpoint_hash for row in rows]
        answers: dict[bytes, list[Row[Any]]] = defaultdict(list)
        for answer in connection.execute(ANSWERS_FOR, {"endpoints": addresses}):
            answers[answer.endpoint_hash].append(answer)
        self._answers = {address: as_words_in_turn(said) for address, said in answers.items()}

    def covers(self, row: Any, purpose: str, topic: str = "") -> bool:
        """Say whether the last word of the recipient on *purpose*, or on the *topic*, is no.

        Of two at one instant the withdrawal counts, and who withdraws consent
        to advertising withdraws that for the night with it.
        """
        last: dict[str, tuple[datetime, bool]] = {}
        for event in (
            *self._events.get(row.customer_id, ()),
            *self._answers.get(row.endpoint_hash, ()),
        ):
            counts = event.purpose == purpose or (
                event.purpose == "advertising" and not event.granted
            )
            if counts and event.medium in {row.medium, "*"} and event.topic in {"", topic}:
                word = event.at, not event.granted
                last[event.topic] = max(word, last.get(event.topic, word))
        return any(refused for _, refused in last.values())


def _suppressed(
    connection: Connection, rows: Sequence[Row[Any]], now: datetime
) -> dict[bytes, datetime | None]:
    """Give those of *rows* that are not written to now, and until when; None: for good."""
    values = {"endpoints": [row.endpoint_hash for row in rows], "now": now}
    return {row.endpoint_hash: row.until for row in connection.execute(LISTED, values)}


def _put_off(row: Row[Any], moment: datetime, detail: str) -> Obstacle:
    """Put *row* off to the *moment* at which nothing is in its way, if it may still go then."""
    if moment >= row.not_after:
        return Obstacle(state=DeliveryState.EXPIRED, detail=detail, due_at=row.due_at)
    return Obstacle(state=DeliveryState.PLANNED, detail=detail, due_at=moment)


def _blocked(row: Row[Any], reason: Reason) -> Obstacle:
    return Obstacle(state=DeliveryState.BLOCKED, detail=reason, due_at=row.due_at)
