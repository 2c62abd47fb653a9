"""Count where the messages of a run stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from crmlib.delivery._campaign_control import CampaignControl, read_control
from crmlib.delivery._delivery_summary import DeliverySummary
from crmlib.delivery._next_moments import read_next_moments
from crmlib.delivery._schema import DELIVERIES, RUNS

if TYPE_CHECKING:
    from crmlib.delivery._enrolment import Run
    from crmlib.delivery._store import Store


def summarize(store: Store, run: Run, *, sent_now: int) -> DeliverySummary:
    """Count the deliveries of *run* by state, as one transaction sees them."""
    table = DELIVERIES.c
    mine = table.run_id == run.id
    with store.read() as connection:
        row = connection.execute(select(RUNS).where(RUNS.c.id == run.id)).one()
        counts = connection.execute(
            select(table.state, func.count().label("messages")).where(mine).group_by(table.state)
        ).all()
        moments = read_next_moments(connection, run.id)
        control, note = read_control(connection, run.campaign_id)
    return DeliverySummary(
        campaign=run.campaign,
        digest=run.digest,
        planned=row.planned,
        counts={row.state: row.messages for row in counts},
        enrolled_before=row.enrolled_before,
        handed_over=row.handed_over,
        sent_now=sent_now,
        control=str(control) if control is CampaignControl.RUNNING else f"{control}: {note}",
        next_due_at=moments.first,
    )
