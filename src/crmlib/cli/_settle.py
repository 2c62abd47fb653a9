"""``crmlib settle``: what became of messages that may have arrived."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from crmlib.campaigns import Plan
from crmlib.channels import load_channel
from crmlib.cli._campaign_desk import CampaignDesk
from crmlib.cli._control import CampaignName
from crmlib.cli._ledger_options import LedgerPath, Operator, existing_ledger
from crmlib.cli._output import AsJson, note, print_json, quoted, records, say
from crmlib.cli._send import CampaignPath
from crmlib.delivery import DeliveryState, Ledger, list_recipients, look_up_unknown, utc_now
from crmlib.exceptions import CRMLibError, InvalidParameterError


def settle(
    campaign_name: CampaignName,
    ledger: LedgerPath = "crm.db",
    look_up: Annotated[
        Path | None,
        typer.Option(help="Plan that they were sent by: ask the providers for all of them."),
    ] = None,
    campaign: CampaignPath = None,
    key: Annotated[
        str | None, typer.Option(help="Message key of the one that you found out about.")
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            help="accepted; rejected (not taken, not to be sent); retry (not taken, send it)."
        ),
    ] = None,
    because: Annotated[
        str | None, typer.Option("--note", help="How it is known; it is kept in the ledger.")
    ] = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Settle unknown messages: by asking the providers, or one by hand; without either, list them.

    It is the only way by which a message that may have arrived is sent again.
    """
    with Ledger(existing_ledger(ledger), operator=operator) as book:
        if look_up is not None:
            _look_up(book, campaign_name, look_up, campaign, as_json=as_json)
        elif key is None:
            _list(book, campaign_name, as_json=as_json)
        elif outcome is None or because is None:
            raise InvalidParameterError(
                "--key", key, "with --outcome (what became of it) and --note (how it is known)"
            )
        else:
            book.resolve(campaign_name, key, outcome, at=utc_now(), note=because)
            waits = "waits again and goes at the next crmlib send"
            say(f"{key} {waits if outcome == 'retry' else f'is {outcome} now'}")


def _look_up(book: Ledger, name: str, path: Path, campaign: Path | None, *, as_json: bool) -> None:
    made = Plan.load(path)
    if made.campaign != name:
        raise InvalidParameterError("--look-up", str(path), f"a plan of {name!r}")
    with ExitStack() as stack:
        desk = CampaignDesk(campaign, made, stack)
        found = look_up_unknown(made, book, channels=desk.channels, clock=utc_now)
    if as_json:
        print_json(
            {
                "accepted": found.accepted,
                "rejected": found.rejected,
                "unknown": found.unknown,
                "not_asked": found.not_asked,
            }
        )
        return
    say(
        f"{name}: {found.accepted:,} were accepted, {found.rejected:,} were not; of "
        f"{found.unknown:,} the provider has no word"
    )
    for channel, count in found.not_asked.items():
        note(
            f"{count:,} by {channel} cannot be looked up, or went by another plan: look at the "
            "provider's site, and settle them one by one with --key"
        )


def _list(book: Ledger, name: str, *, as_json: bool) -> None:
    found = list_recipients(book, name, states=[DeliveryState.UNKNOWN])
    columns = ["message_key", "customer_id", "channel", "claimed_at", "provider_id", "detail"]
    if as_json:
        print_json(records(found[columns]))
    elif found.empty:
        say(f"{name} has no message that is unknown")
    else:
        for row in found.to_dict("records"):  # a key on one line, to be copied
            moment = f"{row['claimed_at']:%Y-%m-%d %H:%M:%S UTC}"
            say(
                f"{row['message_key']}  {row['customer_id']}  by {row['channel']} at {moment}: "
                f"{row['detail'] or 'no word'}"
            )
        for channel in found["channel"].unique():
            note(_how_to_settle(name, channel))


def _how_to_settle(campaign: str, channel: str) -> str:
    """Say how it can be learnt what became of messages by *channel*."""
    by_hand = f"crmlib settle {quoted(campaign)} --key KEY --outcome OUTCOME --note NOTE"
    try:
        can_look_up = load_channel(channel).capabilities.look_up
    except CRMLibError:  # one that was given in Python, or is installed elsewhere
        can_look_up = False
    if can_look_up:
        return (
            f"{channel} can be asked: crmlib settle {quoted(campaign)} --look-up PLAN; of what it "
            f"has no word, say it with {by_hand}"
        )
    return (
        f"{channel} cannot be asked: look into the log of your provider or server, and say what "
        f"became of each with {by_hand}"
    )
