"""Hold a campaign up, let it go on, or end it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from crmlib.delivery._audit_log import Action, log_action
from crmlib.delivery._clock import utc_now
from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._reading import find_campaign
from crmlib.delivery._schema import CAMPAIGNS, DELIVERIES, RUNS
from crmlib.delivery._transitions import Transition, apply
from crmlib.exceptions import InvalidParameterError
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from crmlib.delivery._ledger import Ledger
    from crmlib.delivery._store import Store

_PAGE: Final = 10_000
_ITSELF: Final = "crmlib"
"""Who is in the log where nobody asked for it."""


class CampaignControl(StrEnum):
    """Whether an operator lets a campaign run."""

    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class CanaryStage(StrEnum):
    """How far the first share of a plan is."""

    NONE = "none"
    OUT = "out"
    HELD = "held"
    RELEASED = "released"


_ACTIONS: Final = {
    CampaignControl.RUNNING: Action.RESUME,
    CampaignControl.PAUSED: Action.PAUSE,
    CampaignControl.CANCELLED: Action.CANCEL,
}


def pause_campaign(
    ledger: Ledger, campaign: str, *, note: str, at: datetime | None = None
) -> None:
    """Claim nothing more of *campaign* until it is resumed; what waits goes on waiting.

    What a sender has in hand already, one batch at most, still leaves.  A
    message whose last moment passes meanwhile expires.  A canary that is to
    be looked at is to be looked at again when the campaign was resumed.

    Parameters
    ----------
    ledger : Ledger
    campaign : str
    note : str
        Why; it is kept and shown.
    at : datetime, optional
        When it is done, for the log; now.

    Raises
    ------
    UnknownNameError
        If the ledger has no such campaign.
    InvalidParameterError
        If *note* is blank, *at* is naive, or the campaign is cancelled.
    """
    _set(ledger.store, campaign, CampaignControl.PAUSED, note, at or utc_now())


def resume_campaign(
    ledger: Ledger, campaign: str, *, note: str, at: datetime | None = None
) -> CanaryStage:
    """Let *campaign* go on where it was paused, when its plan is delivered the next time.

    A campaign that holds itself after its canary goes on with all the others.
    One that a person or the breaker has paused goes on as before: a canary
    that is out stays out, and holds the campaign when it was tried.

    Parameters
    ----------
    ledger : Ledger
    campaign : str
    note : str
        Why; it is kept.
    at : datetime, optional
        When it is done, for the log; now.

    Returns
    -------
    CanaryStage
        ``released``: all others go, as this was what held them; ``out``: they
        wait for a canary still; ``none``: no canary is in the way.

    Raises
    ------
    UnknownNameError
        If the ledger has no such campaign.
    InvalidParameterError
        If *note* is blank, *at* is naive, or the campaign is cancelled.
    """
    _, stage = _set(ledger.store, campaign, CampaignControl.RUNNING, note, at or utc_now())
    return stage


def cancel_campaign(ledger: Ledger, campaign: str, *, note: str, at: datetime) -> int:
    """End *campaign* for good: all that waits is ``blocked``, in this plan and in later ones.

    What a sender has in hand already still leaves, and is recorded.

    Parameters
    ----------
    ledger : Ledger
    campaign : str
    note : str
        Why; it is kept with each message.
    at : datetime
        The present instant, aware.

    Returns
    -------
    int
        How many messages waited.

    Raises
    ------
    UnknownNameError
        If the ledger has no such campaign.
    InvalidParameterError
        If *note* is blank, the campaign is cancelled already, or *at* is naive.
    """
    moment = check_aware("at", at)
    campaign_id, _ = _set(ledger.store, campaign, CampaignControl.CANCELLED, note, moment)
    return _block(ledger.store, campaign_id, note, moment)


def block_if_cancelled(store: Store, campaign_id: int, now: datetime) -> None:
    """Block what waits in a cancelled campaign, such as what a later plan has brought in."""
    with store.read() as connection:
        control, note = read_control(connection, campaign_id)
    if control is CampaignControl.CANCELLED:
        _block(store, campaign_id, note, now)


def hold_up(
    connection: Connection, campaign_id: int, action: Action, note: str, now: datetime
) -> None:
    """Pause a campaign if it runs, for the breaker and for a canary that is out."""
    paused = connection.execute(
        update(CAMPAIGNS)
        .where(CAMPAIGNS.c.id == campaign_id, CAMPAIGNS.c.control == CampaignControl.RUNNING)
        .values(control=str(CampaignControl.PAUSED), control_note=note)
    )
    if paused.rowcount:
        log_action(connection, _ITSELF, action, at=now, note=note, campaign_id=campaign_id)


def read_control(connection: Connection, campaign_id: int) -> tuple[CampaignControl, str]:
    """Say whether a campaign may run, and why not."""
    row = connection.execute(
        select(CAMPAIGNS.c.control, CAMPAIGNS.c.control_note).where(CAMPAIGNS.c.id == campaign_id)
    ).one()
    return CampaignControl(row.control), row.control_note or ""


def _set(
    store: Store, campaign: str, control: CampaignControl, note: str, at: datetime
) -> tuple[int, CanaryStage]:
    """Write down what the operator says; give the campaign, and what that did to canaries."""
    if not note.strip():
        raise InvalidParameterError("note", note, "a word on why")
    moment = check_aware("at", at)
    campaign_id = find_campaign(store, campaign)
    with store.write_alone() as connection:
        if read_control(connection, campaign_id)[0] is CampaignControl.CANCELLED:
            expected = "a campaign that is not cancelled (plan one under another name)"
            raise InvalidParameterError("campaign", campaign, expected)
        connection.execute(
            update(CAMPAIGNS)
            .where(CAMPAIGNS.c.id == campaign_id)
            .values(control=str(control), control_note=note)
        )
        stage = _move_canaries(connection, campaign_id, control)
        action = Action.RELEASE if stage is CanaryStage.RELEASED else _ACTIONS[control]
        log_action(
            connection, store.operator, action, at=moment, note=note, campaign_id=campaign_id
        )
    return campaign_id, stage


def _move_canaries(
    connection: Connection, campaign_id: int, control: CampaignControl
) -> CanaryStage:
    """Release the canaries that hold the campaign, when it is resumed; say what came of it.

    Who pauses it by hand takes the place of such a canary, which has to hold
    the campaign anew: no one word lifts both.
    """
    mine = RUNS.c.campaign_id == campaign_id
    moves = {
        CampaignControl.RUNNING: CanaryStage.RELEASED,
        CampaignControl.PAUSED: CanaryStage.OUT,
    }
    if control in moves:
        held = connection.execute(
            update(RUNS)
            .where(mine, RUNS.c.canary == CanaryStage.HELD)
            .values(canary=str(moves[control]))
        )
        if held.rowcount:
            return moves[control]
    is_out = select(RUNS.c.id).where(mine, RUNS.c.canary == CanaryStage.OUT).limit(1)
    return CanaryStage.NONE if connection.scalar(is_out) is None else CanaryStage.OUT


def _block(store: Store, campaign_id: int, note: str, at: datetime) -> int:
    count, found = 0, _PAGE
    while found == _PAGE:  # a page at a time, so that others are not held up for long
        with store.write_alone() as connection:
            found = _block_page(connection, campaign_id, note, at)
        count += found
    return count


def _block_page(connection: Connection, campaign_id: int, note: str, at: datetime) -> int:
    table = DELIVERIES.c
    rows = connection.execute(
        select(table.id, table.attempts, table.due_at)
        .where(table.campaign_id == campaign_id, table.state == str(DeliveryState.PLANNED))
        .order_by(table.id)
        .limit(_PAGE)
    ).all()
    changes = [
        Transition(
            delivery_id=row.id,
            state=DeliveryState.BLOCKED,
            attempts=row.attempts,
            due_at=row.due_at,
            detail=f"cancelled: {note}",
        )
        for row in rows
    ]
    apply(connection, changes, at)
    return len(rows)
