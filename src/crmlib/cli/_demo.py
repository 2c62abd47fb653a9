"""``crmlib demo``: the whole campaign, on a synthetic shop or on real orders."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.campaigns import load_campaign
from crmlib.channels import load_channel
from crmlib.cli._campaign_tables import read_tables
from crmlib.cli._demo_folder import real_folder, synthetic_folder
from crmlib.cli._demo_story import show_data, show_plan, show_story
from crmlib.cli._ledger_options import ledger_url
from crmlib.cli._mailbox import Mailbox
from crmlib.cli._order_options import Columns, pairs
from crmlib.cli._output import progress
from crmlib.cli._pipeline import fit_campaign
from crmlib.cli._report import write_report
from crmlib.delivery import Ledger, deliver
from crmlib.exceptions import InvalidParameterError, MissingExtraError
from crmlib.measurement import measure

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from crmlib.campaigns import Plan
    from crmlib.interfaces import Channel


def demo(
    orders: Annotated[
        Path | None,
        typer.Option(
            help="A real order file instead of the shop; people and consents are made up."
        ),
    ] = None,
    column: Columns = None,
    timezone: Annotated[str, typer.Option(help="IANA zone of --orders.")] = "Europe/London",
    customers: Annotated[int, typer.Option(min=100, help="Customers of the shop.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything that is made up.")] = 0,
    out: Annotated[Path, typer.Option(help="Folder for what the demo makes.")] = Path(
        "demo-output"
    ),
    warranty: Annotated[
        bool,
        typer.Option(
            "--warranty", help="Run the digital warranty instead, from issue to opt-out."
        ),
    ] = False,
) -> None:
    """Run a whole campaign: read, segment, plan, approve, deliver to a server here, measure."""
    if warranty:
        if orders is not None:
            raise InvalidParameterError("--orders", str(orders), "left out beside --warranty")
        _load_warranty_demo()(out, customers, seed)
        return
    with Mailbox() as mailbox:
        with progress("making the data"):
            folder = (
                real_folder(out, orders, pairs(column), timezone, seed)
                if orders
                else synthetic_folder(out, customers, seed)
            )
        with progress("reading and fitting"):
            spec = load_campaign(folder.campaign_file)
            tables = read_tables(spec)
            campaign = fit_campaign(spec, tables)
        show_data(tables)
        with progress("planning"):
            plan = campaign.plan(
                tables.customers,
                profiles=tables.profiles,
                consents=tables.consents,
                now=folder.now,
            )
            plan.save(folder.plan_file)
            plan.save_preview(folder.preview_file)
        show_plan(plan)
        channel = load_channel("smtp").from_settings({"host": "127.0.0.1", "port": mailbox.port})
        with Ledger(ledger_url(str(folder.ledger_file))) as ledger:
            with progress("delivering") as advance, channel:
                _deliver_on_time(plan, ledger, channel, folder.now, advance)
            with progress("measuring and drawing"):
                lift = measure(plan, ledger, folder.later_orders(plan, tables.orders.table))
                status = ledger.status(plan.campaign)
                write_report(
                    folder.report_file, plan, tables, spec.segmenter, status, lift, folder.remark
                )
    show_story(folder, plan, mailbox.received, status, lift)


def _load_warranty_demo() -> Callable[[Path, int, int], None]:
    """Load the demo of the warranty, whose pages and pictures are of extras."""
    try:
        from crmlib.cli._demo_warranty import warranty_demo  # noqa: PLC0415 -- extras
    except ModuleNotFoundError as error:
        raise MissingExtraError("crmlib demo --warranty", "demo") from error
    return warranty_demo


def _deliver_on_time(
    plan: Plan,
    ledger: Ledger,
    channel: Channel,
    start: datetime,
    advance: Callable[[int, int], object],
) -> None:
    """Deliver each message when it is due, by a clock that jumps from hour to hour."""
    approved = plan.digest
    now: datetime | None = start
    while now is not None:
        summary = deliver(
            plan,
            ledger,
            approved=approved,
            channels={"smtp": channel},
            clock=partial(_same, now),
            progress=advance,
        )
        due = summary.next_due_at
        now = None if due is None else max(due, now + timedelta(hours=1))


def _same(moment: datetime) -> datetime:
    return moment
