"""What the demo prints: the data, the plan, and in the end what happened."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from crmlib.cli._order_lines import last_date, orders_report
from crmlib.cli._output import heading, say, show_table
from crmlib.messages import Decision, Reason

if TYPE_CHECKING:
    from collections import Counter

    import pandas as pd

    from crmlib.campaigns import Plan
    from crmlib.cli._campaign_tables import CampaignTables
    from crmlib.cli._demo_folder import DemoFolder
    from crmlib.measurement import LiftResult


def show_data(tables: CampaignTables) -> None:
    """Show what came in, and what could be used of it."""
    heading("Order lines: in = used + set aside")
    show_table(orders_report(tables.orders))
    used = tables.orders.table["customer_id"].nunique()
    known = tables.known["customer_id"].nunique()
    left = len(tables.customers)
    last = last_date(tables.known, tables.timezone)
    say(
        f"Customers: {used:,} in the lines used; less {used - known:,} who came after {last} "
        f"and {known - left:,} who bought nothing: {left:,}"
    )


def show_plan(plan: Plan) -> None:
    """Show one message of *plan* as it will be received, and why."""
    sends = plan.table[plan.table["decision"] == Decision.SEND]
    if sends.empty:
        return
    example = plan.message(sends["message_key"].iloc[0])
    heading("One message of the plan, and why")
    say(f"Subject: {example.subject}")
    say()
    say(indent(example.body, "    "))
    say()
    say(plan.explain(example.recipient.customer_id))


def show_story(
    folder: DemoFolder,
    plan: Plan,
    received: Counter[str],
    status: pd.DataFrame,
    lift: LiftResult,
) -> None:
    """Say who, what, when and how, who was held and why, and what it brought."""
    table = plan.table
    sends = table[table["decision"] == Decision.SEND]
    heading(f"What happened to {len(table):,} customers")
    say(f"Who    {_shares(sends['segment'])}")
    say(f"What   {_shares(sends['template'])}")
    say(f"When   {_hours(sends)}")
    say(f"How    {_how(sends, received, status)}")
    held = table[table["decision"] == Decision.HELD]
    say(f"Held   {len(held):,}: {_shares(held['reason'], limit=len(Reason))}")
    say()
    say(lift.summary())
    say(folder.remark)
    heading("Look at")
    say(f"Report   {folder.report_file}")
    say(f"Preview  {folder.preview_file}")
    say(f"Ledger   {folder.ledger_file}")
    heading("Next, on a file of your own")
    say("crmlib segment orders.csv")
    say("crmlib plan --example > campaign.toml")
    say("crmlib plan campaign.toml")


def _shares(values: pd.Series, limit: int = 6) -> str:
    """Count values, the most frequent first."""
    counts = values.value_counts()
    shown = [f"{name} {count:,}" for name, count in counts.head(limit).items()]
    rest = len(counts) - limit
    return ", ".join(shown) + (f" and {rest} more" if rest > 0 else "") if shown else "nobody"


def _hours(sends: pd.DataFrame) -> str:
    """Say at which local hours most messages leave."""
    if sends.empty:
        return "never"
    hours = [
        at.tz_convert(zone).hour
        for at, zone in zip(sends["send_at"], sends["timezone"], strict=True)
    ]
    counts = {hour: hours.count(hour) for hour in sorted(set(hours))}
    top = sorted(counts, key=lambda hour: -counts[hour])[:3]
    first, last = sends["send_at"].min(), sends["send_at"].max()
    busiest = ", ".join(f"{hour} h ({counts[hour] / len(hours):.0%})" for hour in top)
    return f"{first:%Y-%m-%d} to {last:%Y-%m-%d}, each at their own hour; most at {busiest}"


def _how(sends: pd.DataFrame, received: Counter[str], status: pd.DataFrame) -> str:
    """Compare what was planned, what the ledger says and what the server got."""
    accepted = int(status["accepted"].sum())
    doubles = sum(count - 1 for count in received.values())
    return (
        f"smtp: {len(sends):,} planned, {accepted:,} accepted, "
        f"{len(received):,} received by the server, {doubles} twice"
    )
