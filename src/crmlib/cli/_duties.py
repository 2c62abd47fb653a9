"""``crmlib duties``: what the law wants done for customers, and by when."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, datetime
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import typer

from crmlib.campaigns import events_of_people, load_campaign, plan_notices, sends_of_people
from crmlib.channels import load_channel
from crmlib.cli._campaign_tables import read_consents, read_tables
from crmlib.cli._csv_files import read_table
from crmlib.cli._ledger_options import existing_if_named, ledger_option
from crmlib.cli._output import (
    AsJson,
    heading,
    note,
    print_json,
    progress,
    quoted,
    records,
    say,
    show_table,
)
from crmlib.cli._passwords import PasswordEnv, read_password
from crmlib.cli._plan import instant, suppressed_addresses
from crmlib.delivery import Ledger, list_answers, list_consents, list_notices, read_progress
from crmlib.exceptions import ConfigError
from crmlib.identity import Identities
from crmlib.messages import Decision, Purpose
from crmlib.policies import DutyKind, list_duties
from crmlib.tables import check_notices, get_zone, write_csv

if TYPE_CHECKING:
    from crmlib.campaigns import CampaignFile, Plan
    from crmlib.cli._campaign_tables import CampaignTables

OVERDUE = 8
"""Exit code: something is overdue."""


def duties(
    campaign: Annotated[
        Path, typer.Argument(help="Campaign file: its policy, consents, sender and channels.")
    ],
    ledger: Annotated[
        str | None,
        typer.Option(
            help="Ledger: which notices were sent, which withdrawals it knows, and what was said "
            "by the links in messages."
        ),
    ] = None,
    now: Annotated[
        str | None, typer.Option(help="As at this instant, ISO 8601 with offset (default: now).")
    ] = None,
    ahead: Annotated[
        int, typer.Option(min=0, max=3650, help="List what is due in so many days, too.")
    ] = 30,
    done_before: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Take as done what was due before this day (2026-11-01)."
        ),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(help="Write every duty into this CSV file, a row each.")
    ] = None,
    notice: Annotated[
        str | None, typer.Option(help="Plan the notices of this duty, such as result-notice.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to save that plan (default: NAME.plan).")
    ] = None,
    password_env: PasswordEnv = None,
    as_json: AsJson = False,
) -> None:
    """List what the law wants done after consents and withdrawals, and plan its notices.

    Exit code 8 if anything is overdue.
    """
    spec, at = load_campaign(campaign), instant(now)
    day = at.astimezone(get_zone(spec.data.timezone)).date()
    before = None if done_before is None else done_before.date()
    with ExitStack() as stack:
        book = None
        if ledger is None:
            note("without --ledger nothing that crmlib sent or recorded counts as done")
        else:
            book = stack.enter_context(Ledger(existing_if_named(ledger)))
        answers = None if book is None else list_answers(book)
        consents = read_consents(spec, answers)
        terms: dict[str, Any] = {
            "notices": _read_notices(spec, book),
            "done_before": before,
            "ahead_days": ahead,
        }
        found = list_duties(
            spec.campaign.policy,
            consents[consents["at"] <= pd.Timestamp(at)],
            on=day,
            recorded=None if book is None else list_consents(book),
            **terms,
        )
        plan = None
        if notice is not None:
            tables = _read_tables(spec, password_env, answers)
            refused = () if ledger is None else suppressed_addresses(ledger, tables)
            name = _name(spec, notice, at, book)
            plan = _plan(spec, tables, notice, at, name=name, suppressions=refused, **terms)
    if csv is not None:
        write_csv(found, csv)
    path = None
    if plan is not None and plan.table.empty:
        note(f"nobody is owed a {notice} that is not on its way, so there is no plan of it")
    elif plan is not None:
        path = out or Path(f"{plan.campaign}.plan")
        plan.save(path)
    counts = _count(found)
    overdue = int(found["is_overdue"].sum())
    if as_json:
        told: dict[str, Any] = {"on": str(day), "policy": list(spec.campaign.policy.jurisdictions)}
        told |= {"owed": len(found), "overdue": overdue, "duties": records(counts)}
        print_json(told | ({} if plan is None else _plan_as_json(plan, path)))
    else:
        _show(counts, found, day, spec)
        if plan is None:
            _show_way_on(found, campaign, ledger)
        elif path is not None:
            _show_plan(plan, path, campaign, ledger)
    if overdue:
        raise typer.Exit(OVERDUE)


def _read_notices(spec: CampaignFile, book: Ledger | None) -> pd.DataFrame | None:
    """Give the notices of the file, if there is one, and those of the ledger."""
    identities = None if spec.people is None else Identities.load(spec.people.file)
    parts = []
    if spec.data.notices is not None:
        told = read_table(spec.data.notices, check_notices)
        parts.append(
            told if identities is None else events_of_people(told, identities, name="notices")
        )
    if book is not None:
        known = list_notices(book)
        parts.append(known if identities is None else sends_of_people(known, identities))
    return pd.concat(parts, ignore_index=True) if parts else None


def _read_tables(
    spec: CampaignFile, password_env: str | None, answers: pd.DataFrame | None
) -> CampaignTables:
    with progress("reading"):
        return read_tables(spec, password=read_password(password_env), answers=answers)


def _plan(
    spec: CampaignFile, tables: CampaignTables, notice: str, at: datetime, **terms: Any
) -> Plan:
    channels = [
        name
        for name in spec.campaign.channels
        if Purpose.INFORMATIONAL in load_channel(name).capabilities.purposes
    ]
    if not channels:
        raise ConfigError(
            str(spec.path),
            "campaign.channels",
            f"is {list(spec.campaign.channels)}, which carry advertising only",
            "add one that carries notices, such as smtp",
        )
    return plan_notices(
        spec.campaign.policy,
        notice,
        consents=tables.consents,
        profiles=tables.profiles,
        sender=spec.sender,
        channels=channels,
        now=at,
        timezone=spec.data.timezone,
        locale=spec.data.locale,
        opt_out_keys=spec.opt_out_keys,
        **terms,
    )


def _name(spec: CampaignFile, notice: str, at: datetime, book: Ledger | None) -> str:
    """Give the same name all day, so that nobody has two; one that was cancelled is not used."""
    name = f"{spec.campaign.name}-{notice}-{at:%Y-%m-%d}"
    known = [] if book is None else read_progress(book, now=at)
    cancelled = {each.campaign for each in known if each.control == "cancelled"}
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(each for each in names if each not in cancelled)


def _count(found: pd.DataFrame) -> pd.DataFrame:
    """Count what is owed by duty and event."""
    kinds = ["duty", "event", "sources"]
    counted = found.groupby(kinds, sort=True).agg(
        owed=("customer_id", "size"),
        customers=("customer_id", "nunique"),
        overdue=("is_overdue", "sum"),
        pending=("notice", lambda outcomes: int((outcomes != "").sum())),
        next_due=("due", "min"),
        task=("task", "first"),
    )
    counted = counted.reset_index().sort_values("next_due", kind="stable", ignore_index=True)
    counted["next_due"] = counted["next_due"].dt.strftime("%Y-%m-%d")
    columns = ["duty", "event", "owed", "customers", "overdue", "pending", "next_due"]
    return counted[[*columns, "task", "sources"]]


def _show(counts: pd.DataFrame, found: pd.DataFrame, day: date, spec: CampaignFile) -> None:
    law = " + ".join(spec.campaign.policy.jurisdictions)
    heading(f"What {law} wants done, as of {day}")
    if found.empty:
        say("Nothing is owed.")
        return
    show_table(counts.drop(columns=["task", "sources"]))
    for row in counts.drop_duplicates(["duty", "sources"]).itertuples():
        say(f"{row.duty}: {row.task} ({row.sources})")


def _show_way_on(found: pd.DataFrame, campaign: Path, ledger: str | None) -> None:
    is_open = (found["kind"] == str(DutyKind.NOTICE)) & (found["notice"] == "")
    notices = found.loc[is_open, "duty"].unique()
    if len(notices):
        say()
    for name in notices:
        of = quoted(str(campaign)) + ledger_option(ledger, default=None)
        say(f"To plan them:  crmlib duties {of} --notice {name}")


def _show_plan(plan: Plan, path: Path, campaign: Path, ledger: str | None) -> None:
    heading(f"Plan of the notices {plan.header['notice']['duty']}")
    show_table(plan.counts())
    say(f"Saved:    {path}")
    say(f"Digest:   {plan.digest}")
    file = quoted(str(path))
    say(f"Read it:  crmlib preview {file}")
    way = f"crmlib send {file} --approve {plan.digest} --campaign {quoted(str(campaign))}"
    say(f"To send:  {way}{ledger_option(ledger)}")


def _plan_as_json(plan: Plan, path: Path | None) -> dict[str, Any]:
    sends = int((plan.table["decision"] == Decision.SEND).sum())
    return {
        "plan": None if path is None else str(path),
        "digest": None if path is None else plan.digest,
        "notices": sends,
    }
