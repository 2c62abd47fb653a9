"""``crmlib plan``: from a campaign file to a plan that a person can read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from crmlib.addresses import NORMALIZERS, normalize_address
from crmlib.campaigns import example_campaign, load_campaign, sends_of_people
from crmlib.cli._campaign_tables import read_tables
from crmlib.cli._ledger_options import existing_if_named
from crmlib.cli._limits import describe_limits, pick_example
from crmlib.cli._order_lines import orders_report
from crmlib.cli._output import (
    AsJson,
    counted,
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
from crmlib.cli._people_facts import people_as_json, show_people
from crmlib.cli._pipeline import gather_events, make_plans
from crmlib.cli._product_facts import products_as_json, tell_products
from crmlib.delivery import (
    Ledger,
    list_answers,
    list_consents,
    list_ended,
    list_sends,
    utc_now,
)
from crmlib.exceptions import InvalidAddressError, InvalidParameterError
from crmlib.messages import Decision, Reason
from crmlib.timing import TriggerTiming

if TYPE_CHECKING:
    from crmlib.campaigns import Plan
    from crmlib.cli._campaign_tables import CampaignTables

_SUBJECT = ["customer_id", "channel", "purpose", "topic"]
LOOK_BACK = timedelta(days=400)
"""How far back earlier messages are looked for: longer than any cap."""


def plan(
    campaign: Annotated[
        Path | None, typer.Argument(help="Campaign file (TOML).", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where to save the plan (default: NAME.plan); with steps, in which folder."
        ),
    ] = None,
    now: Annotated[
        str | None,
        typer.Option(help="Plan as at this instant, ISO 8601 with offset (default: now)."),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option(
            help="Ledger: its suppressed addresses are held, what was said by links in messages "
            "counts, and its sends count for caps."
        ),
    ] = None,
    password_env: PasswordEnv = None,
    example: Annotated[
        bool, typer.Option("--example", help="Print an example campaign file and stop.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide for every customer: whether, what, when and how; nothing is sent."""
    if example:
        typer.echo(example_campaign(), nl=False)
        return
    if campaign is None:
        raise typer.BadParameter("name a campaign file, or use --example to see one")
    spec, at = load_campaign(campaign), instant(now)
    with progress("planning"):
        answers = read_answers(ledger) if ledger else None
        tables = read_tables(spec, password=read_password(password_env), answers=answers)
        plans = make_plans(
            spec,
            tables,
            now=at,
            suppressions=suppressed_addresses(ledger, tables) if ledger else (),
            sends=_earlier_sends(ledger, tables, at),
            ended=_ended(ledger) if ledger else None,
        )
    if spec.people is not None and tables.people is not None:
        tables.people.identities.save(spec.people.file)
    kept = [(_save(made, out, is_step=bool(spec.steps)), made) for made in plans]
    tell_products(tables.orders, tables.product_names)
    if isinstance(spec.timing, TriggerTiming):
        _tell_trigger(spec.timing.trigger, tables)
        _tell_strangers(tables)
    if as_json:
        people = people_as_json(tables.people.identities) if tables.people is not None else {}
        products = products_as_json(tables.product_names)
        of_files = {"orders": records(orders_report(tables.orders))} | people | products
        found = [_as_json(*each) for each in kept]
        print_json(of_files | ({"plans": found} if spec.steps else found[0]))
        return
    heading("Order lines: in = used + set aside")
    show_table(orders_report(tables.orders))
    if tables.people is not None:
        show_people(tables.people.identities)
    if not kept:
        say(f"No step of {spec.campaign.name} is due now; plan again later.")
    for path, made in kept:
        _show(path, made)


def _save(made: Plan, out: Path | None, *, is_step: bool) -> Path:
    """Save the plan, under the name of its campaign where *out* names none, and say where."""
    name = Path(f"{made.campaign}.plan")
    path = (out or Path()) / name if is_step else out or name
    if path.exists():
        note(f"{path} was there: it is replaced, and an approval of it is void")
    made.save(path)
    _warn(made)
    return path


def _as_json(path: Path, made: Plan) -> dict[str, object]:
    """Give programs what is known of one plan."""
    terms = {name: made.header[name] for name in ("limits", "schedule")}
    terms["limits"].pop("own_hours")  # of customers, one by one
    told = {"plan": str(path), "digest": made.digest, "verdict": made.verdict}
    return told | {"counts": records(made.counts())} | terms


def _show(path: Path, made: Plan) -> None:
    heading(f"{len(made.table):,} customers looked at")
    show_table(made.counts())
    if made.verdict is not None:
        heading("Does choosing the message pay?")
        say(f"{made.verdict}.")
        say()
    if example_customer := pick_example(made):
        heading("One of them")
        say(example_customer + "\n")
    for line in describe_limits(made.header):
        say(line)
    say(f"Plan:     {path}")
    say(f"Digest:   {made.digest}")
    say(f"Read it:  crmlib preview {quoted(str(path))}")


def _warn(plan: Plan) -> None:
    """Say what the author of the campaign can mend, and what cannot be measured."""
    table = plan.table
    for reason in (Reason.NO_MESSAGE, Reason.SENDER_INCOMPLETE):
        held = table[table["reason"] == reason]
        if len(held):
            note(f"{len(held):,} are held {reason}, the first because: {held['detail'].iloc[0]}")
    sends = table[table["decision"] == Decision.SEND]
    if had := int((sends["reason"] == Reason.ALREADY_SENT).sum()):
        note(
            f"{had:,} of the {len(sends):,} to be sent {plan.campaign} had it by an earlier plan, "
            "or may have: they get nothing more, and stay in to be measured"
        )
    ended = sends[sends["reason"] == Reason.ALREADY_ENDED]
    if len(ended):
        note(
            f"{len(ended):,} of the {len(sends):,} to be sent {plan.campaign} get nothing by this "
            f"plan and stay in to be measured; the first as {ended['detail'].iloc[0]}"
        )
    decisions = set(table["decision"])
    if Decision.SEND in decisions and Decision.HOLD_OUT not in decisions:
        note(f"nobody is held out of {plan.campaign}, so its effect cannot be measured")


def _tell_trigger(trigger: str, tables: CampaignTables) -> None:
    """Say that nothing ever happened that is called *trigger*, as nothing will ever be due."""
    names = sorted(set(gather_events(tables)["event"]))
    if trigger not in names:
        note(
            f"no event is called {trigger!r}, so there is nothing to answer; there are {names}; "
            "correct timing.event, or name the file of events under [data]"
        )


def _tell_strangers(tables: CampaignTables) -> None:
    """Say how many events are of somebody who never ordered, so that no message answers them."""
    if tables.events is None:
        return
    events = tables.events
    strange = events.loc[~events["customer_id"].isin(tables.customers.index), "customer_id"]
    if len(strange):
        note(
            f"of {counted(len(events), 'event')}, {len(strange):,} of nobody in the orders, such "
            f"as {strange.iloc[0]!r}, will not be answered; correct the id, or, with [people], "
            "add a column sales_channel"
        )


def read_answers(ledger: str) -> pd.DataFrame:
    """Give what recipients said by links, and the withdrawals that were recorded, as consents."""
    with Ledger(existing_if_named(ledger)) as book:
        answers, recorded = list_answers(book), list_consents(book)
    last = recorded.sort_values("at", kind="stable").drop_duplicates(_SUBJECT, keep="last")
    withdrawn = last[~last["granted"]]
    return pd.concat([answers, withdrawn], ignore_index=True) if len(withdrawn) else answers


def suppressed_addresses(ledger: str, tables: CampaignTables) -> set[str]:
    """Give the addresses of the profiles that the ledger must not write to.

    An address at any account of a person counts for that of the profile.
    """
    profiles = tables.profiles
    refused = set()
    with Ledger(existing_if_named(ledger)) as book:
        for field in (name for name in NORMALIZERS if name in profiles):
            known = tables.addresses(field)
            found = book.suppressed(field, known[field])
            if not found:
                continue
            owners = known.loc[_normalized(field, known[field]).isin(found), "customer_id"]
            theirs = profiles.loc[profiles["customer_id"].isin(owners), field].dropna()
            refused |= found | set(_normalized(field, theirs).dropna())
    return refused


def _normalized(field: str, addresses: pd.Series[str]) -> pd.Series[str]:
    """Give *addresses* in one spelling; NaN where one cannot be delivered to."""

    def normalize(address: str) -> str | None:
        try:
            return normalize_address(field, address)
        except InvalidAddressError:
            return None

    spelled = {address: normalize(address) for address in addresses.unique()}
    return addresses.map(spelled)


def _ended(ledger: str) -> pd.DataFrame:
    """Give the messages that came to an end without being taken."""
    with Ledger(existing_if_named(ledger)) as book:
        return list_ended(book)


def _earlier_sends(
    ledger: str | None, tables: CampaignTables, now: datetime
) -> pd.DataFrame | None:
    """Give what was or will be sent, as ledger and engagements tell it, each message once."""
    parts = []
    if ledger is not None:
        with Ledger(existing_if_named(ledger)) as book:
            sends = list_sends(book, now - LOOK_BACK)
        people = tables.people
        parts.append(sends if people is None else sends_of_people(sends, people.identities))
    if (engagements := tables.engagements) is not None:
        parts.append(engagements[engagements["event"] == "sent"])
    if not parts:
        return None
    return pd.concat(parts, ignore_index=True).drop_duplicates(["customer_id", "message_key"])


def instant(text: str | None) -> datetime:
    """Give the aware instant that *text* names, or the present one."""
    if text is None:
        return utc_now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidParameterError("--now", text, "an ISO 8601 instant with its offset")
    return at.astimezone(UTC)
