"""What reports prove of messages whose outcome is not known."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import and_, exists, or_, select, update

from crmlib.channels import ReportKind
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._schema import DELIVERIES, EVENTS, REPORTS
from crmlib.delivery._transitions import Transition

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Connection, Row

_ARRIVED: Final = frozenset({ReportKind.DELIVERED, ReportKind.COMPLAINT})
_OPEN_QUESTION: Final = frozenset({DeliveryState.UNKNOWN, DeliveryState.PLANNED})
_HAS_OTHER_CLAIM: Final = exists().where(
    EVENTS.c.delivery_id == DELIVERIES.c.id,
    EVENTS.c.state == str(DeliveryState.CLAIMED),
    EVENTS.c.at != DELIVERIES.c.claimed_at,
)


@attrs.frozen
class Proof:
    """A state that reports prove, what they say, and whether the message has arrived."""

    state: DeliveryState
    words: str
    has_arrived: bool


def settled(connection: Connection, changes: Sequence[Transition]) -> list[Transition]:
    """Give *changes*, those to ``unknown`` or back to ``planned`` as the reports have it.

    A report may come before the sender has written down what it knows.
    """
    asked = [change.delivery_id for change in changes if change.state in _OPEN_QUESTION]
    proofs = _read_proofs(connection, asked)
    given = [
        _as_proved(change, proofs.get(change.delivery_id))
        if change.state in _OPEN_QUESTION
        else change
        for change in changes
    ]
    _note(connection, _changed(changes, given))
    return given


def spare_taken(connection: Connection, changes: Sequence[Transition]) -> list[Transition]:
    """Give *changes* back to ``planned``, but ``accepted`` those that reports say were taken.

    Who is to get it again must be known not to have it: that it is on its way
    is enough to be spared, whichever attempt that was told of.
    """
    proofs = _read_proofs(connection, [change.delivery_id for change in changes])
    given = [
        _proved(change, proof)
        if (proof := proofs.get(change.delivery_id)) and proof.state is DeliveryState.ACCEPTED
        else change
        for change in changes
    ]
    _note(connection, _changed(changes, given))
    return given


def settle(connection: Connection, delivery_ids: Collection[int]) -> list[Transition]:
    """Give the changes that reports make to what is unknown, or was settled by reports before.

    What a sender or a person knows stays; a message that waits is only ever
    found to have arrived, never sent because of a report.
    """
    table = DELIVERIES.c
    proofs = _read_proofs(connection, delivery_ids)
    rows = connection.execute(
        select(DELIVERIES).where(
            table.id.in_(list(proofs)),
            or_(table.state.in_([str(state) for state in _OPEN_QUESTION]), table.is_reported),
        )
    ).all()
    changes = []
    for row in rows:
        old = _as_it_stands(row)
        new = _as_proved(old, proofs[row.id])
        if new != old:
            changes.append(new)
    _note(connection, [change.delivery_id for change in changes])
    return changes


def _as_it_stands(row: Row[Any]) -> Transition:
    return Transition(
        delivery_id=row.id,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        detail=row.detail,
        provider_id=row.provider_id,
    )


def _as_proved(change: Transition, proof: Proof | None) -> Transition:
    is_waiting = change.state is DeliveryState.PLANNED
    if proof is None or (is_waiting and not proof.has_arrived):
        return change
    return _proved(change, proof)


def _proved(change: Transition, proof: Proof) -> Transition:
    return attrs.evolve(change, state=proof.state, detail=f"reported: {proof.words}")


def _changed(changes: Sequence[Transition], given: Sequence[Transition]) -> list[int]:
    return [new.delivery_id for new, old in zip(given, changes, strict=True) if new is not old]


def _read_proofs(connection: Connection, delivery_ids: Collection[int]) -> dict[int, Proof]:
    """Give what the reports on each delivery prove, whatever the order in which they came.

    That it failed says nothing of a claim that was made after the report came,
    or after the failure where there was a claim before: it is about an earlier
    one.  That it was taken counts for all of them.
    """
    if not delivery_ids:
        return {}
    reports: dict[int, list[Any]] = defaultdict(list)
    table = REPORTS.c
    claimed_at = DELIVERIES.c.claimed_at
    # a provider's clock is asked only where it can be another claim that failed
    is_of_last_claim = or_(
        claimed_at.is_(None),
        and_(table.recorded_at >= claimed_at, or_(table.at >= claimed_at, ~_HAS_OTHER_CLAIM)),
    )
    query = (
        select(
            *(table.delivery_id, table.kind, table.at, table.report_id, table.words),
            is_of_last_claim.label("is_of_last_claim"),
        )
        .join(DELIVERIES, DELIVERIES.c.id == table.delivery_id)
        .where(table.delivery_id.in_(delivery_ids))
    )
    for row in connection.execute(query):
        reports[row.delivery_id].append(row)
    proofs = ((delivery_id, _prove_of_all(rows)) for delivery_id, rows in reports.items())
    return {delivery_id: proof for delivery_id, proof in proofs if proof is not None}


def _prove_of_all(reports: Sequence[Row[Any]]) -> Proof | None:
    """Weigh the *reports* on one message: those on its last claim, if any says something."""
    whole = _prove(reports)
    if whole is None or whole.has_arrived:
        return whole
    last = _prove([row for row in reports if row.is_of_last_claim])
    if last is None and whole.state is DeliveryState.ACCEPTED:
        return whole
    return last


def _prove(reports: Iterable[Row[Any]]) -> Proof | None:
    """Weigh the *reports* on one message: that it arrived, that it failed, that it left."""
    ordered = sorted(reports, key=lambda row: (row.at, row.kind, row.report_id))
    kinds = [ReportKind(row.kind) for row in ordered]
    for state, wanted in (
        (DeliveryState.ACCEPTED, _ARRIVED),
        (DeliveryState.REJECTED, [kind for kind in ReportKind if kind.is_failure]),
        (DeliveryState.ACCEPTED, {ReportKind.ACCEPTED}),
    ):
        for row, kind in zip(ordered, kinds, strict=True):
            if kind in wanted:
                return Proof(
                    state, f"{kind}: {row.words}" if row.words else str(kind), kind in _ARRIVED
                )
    return None


def _note(connection: Connection, delivery_ids: Sequence[int]) -> None:
    if delivery_ids:
        connection.execute(
            update(DELIVERIES).where(DELIVERIES.c.id.in_(delivery_ids)).values(is_reported=True)
        )
