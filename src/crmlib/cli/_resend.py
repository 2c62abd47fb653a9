"""``crmlib resend``: send again what is known not to have arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.cli._control import CampaignName, Note
from crmlib.cli._ledger_options import LedgerPath, Operator, existing_ledger
from crmlib.cli._moments import read_moment
from crmlib.cli._output import counted, say
from crmlib.cli._output import note as remark
from crmlib.delivery import Ledger, count_resendable, utc_now
from crmlib.delivery import resend as wait_again

if TYPE_CHECKING:
    from datetime import datetime


def resend(
    campaign: CampaignName,
    note: Note,
    ledger: LedgerPath = "crm.db",
    state: Annotated[
        list[str] | None, typer.Option(help="dead, rejected or expired; may be repeated.")
    ] = None,
    not_after: Annotated[
        str | None,
        typer.Option(help="New last moment (18:00, or ISO 8601 with offset), for what expired."),
    ] = None,
    operator: Operator = None,
) -> None:
    """Let messages wait again that are known not to have been taken: the dead, unless told.

    What was accepted, or may have been, is never sent again.
    """
    now = utc_now()
    last: datetime | None = None
    if not_after is not None:
        last = read_moment("--not-after", not_after, now)
    wanted = state or ["dead"]
    with Ledger(existing_ledger(ledger), operator=operator) as book:
        count = wait_again(book, campaign, wanted, note=note, at=now, not_after=last)
        left = count_resendable(book, campaign)
    if count:
        verbs = "waits again and goes" if count == 1 else "wait again and go"
        say(f"{counted(count, 'message')} of {campaign} {verbs} at the next crmlib send")
    else:
        say(f"no message of {campaign} that is {' or '.join(wanted)} can go again")
        for name in sorted(left.keys() - set(wanted)):
            more = " and a new --not-after" if name == "expired" else ""
            remark(f"{left[name]:,} {name}: they can, with --state {name}{more}")
    for name in wanted:
        if left.get(name):
            remark(
                f"{left[name]:,} {name} stay as they are: their last moment is over; name a new "
                "one with --not-after"
            )
