"""Send again what is known not to have arrived, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, select, update

from crmlib.delivery._audit_log import Action, log_action
from crmlib.delivery._campaign_control import CampaignControl, read_control
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._reading import find_campaign
from crmlib.delivery._schema import DELIVERIES
from crmlib.delivery._settlement import spare_taken
from crmlib.delivery._transitions import Transition, apply
from crmlib.exceptions import InvalidParameterError
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from crmlib.delivery._ledger import Ledger

RESENDABLE: Final = (DeliveryState.DEAD, DeliveryState.REJECTED, DeliveryState.EXPIRED)
_PAGE: Final = 10_000


def resend(
    ledger: Ledger,
    campaign: str,
    states: Collection[str] = ("dead",),
    *,
    note: str,
    at: datetime,
    not_after: datetime | None = None,
) -> int:
    """Let messages of *campaign* wait again that are known not to have been taken.

    They go when their plan, or a later one that holds them, is delivered the
    next time, as it was approved, and everything is asked again then.  What
    was accepted, and what may have been, is never among them; nor is who opted
    out.  One that a report says was taken, or is on its way, becomes
    ``accepted`` instead, whatever the sender was told.

    Parameters
    ----------
    ledger : Ledger
    campaign : str
    states : collection of {"dead", "rejected", "expired"}, default=("dead",)
        Which of them.  Find out first why the provider rejected them: for a
        wrong address it will again.
    note : str
        Why; it is kept with each message and in the log.
    at : datetime
        The present instant, aware.
    not_after : datetime, optional
        Their new last moment, aware; without it those whose last moment is
        over, all that expired among them, stay as they are.

    Returns
    -------
    int
        How many wait again.

    Raises
    ------
    UnknownNameError
        If there is no such campaign.
    InvalidParameterError
        If a state is another, *note* is blank, an instant is naive,
        *not_after* is over, or the campaign is cancelled.
    """
    wanted = _check(states, note)
    moment = check_aware("at", at)
    last = None if not_after is None else check_aware("not_after", not_after)
    if last is not None and last <= moment:
        raise InvalidParameterError("not_after", not_after, f"after {moment}")
    campaign_id = find_campaign(ledger.store, campaign)
    with ledger.store.write_alone() as connection:
        if read_control(connection, campaign_id)[0] is CampaignControl.CANCELLED:
            raise InvalidParameterError("campaign", campaign, "one that is not cancelled")
        table = DELIVERIES.c
        which = and_(table.campaign_id == campaign_id, table.state.in_(wanted))
        if last is None:
            which = and_(which, table.not_after > moment)
        detail = f"to be sent again: {note}"
        count, spared = _wait_again(connection, which, detail, at=moment, not_after=last)
        left_out = f" ({spared:,} do not: reports say that they were taken)" if spared else ""
        log_action(
            connection,
            ledger.store.operator,
            Action.RESEND,
            at=moment,
            note=f"{count:,} {' or '.join(wanted)} wait again{left_out}: {note}",
            campaign_id=campaign_id,
        )
    return count


def count_resendable(ledger: Ledger, campaign: str) -> dict[str, int]:
    """Count what :func:`resend` can take up, by state.

    Raises
    ------
    UnknownNameError
        If there is no such campaign.
    """
    table = DELIVERIES.c
    query = (
        select(table.state, func.count().label("messages"))
        .where(
            table.campaign_id == find_campaign(ledger.store, campaign),
            table.state.in_([str(state) for state in RESENDABLE]),
        )
        .group_by(table.state)
    )
    with ledger.store.read() as connection:
        return {row.state: row.messages for row in connection.execute(query)}


def _check(states: Collection[str], note: str) -> list[str]:
    known = [str(state) for state in RESENDABLE]
    strange = [state for state in states if state not in known]
    if isinstance(states, str) or strange or not states:
        raise InvalidParameterError("states", states, f"a list of some of {known}")
    if not note.strip():
        raise InvalidParameterError("note", note, "a word on why")
    return [state for state in known if state in states]


def _wait_again(
    connection: Connection,
    which: ColumnElement[bool],
    detail: str,
    *,
    at: datetime,
    not_after: datetime | None,
) -> tuple[int, int]:
    """Change them page by page, all in one transaction: half of it never stays.

    Returns
    -------
    tuple of int
        How many wait again, and how many are spared by what reports say.
    """
    table = DELIVERIES.c
    query = (
        select(table.id, table.due_at, table.provider_id)
        .where(which)
        .order_by(table.id)
        .limit(_PAGE)
    )
    count, found, after = 0, 0, 0
    while rows := connection.execute(query.where(table.id > after)).all():
        changes = [
            Transition(
                delivery_id=row.id,
                state=DeliveryState.PLANNED,
                attempts=0,
                due_at=max(row.due_at, at),
                detail=detail,
                provider_id=row.provider_id,
            )
            for row in rows
        ]
        given = spare_taken(connection, changes)
        apply(connection, given, at)
        waiting = [each.delivery_id for each in given if each.state is DeliveryState.PLANNED]
        anew: dict[str, Any] = {"is_reported": False}  # what the next sender knows will stay
        if not_after is not None:
            anew["not_after"] = not_after
        connection.execute(update(DELIVERIES).where(table.id.in_(waiting)).values(anew))
        after = rows[-1].id
        count, found = count + len(waiting), found + len(rows)
    return count, found - count
