"""``crmlib test-send``: the message of a customer, sent to yourself."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from crmlib.campaigns import Plan
from crmlib.cli._campaign_desk import CampaignDesk
from crmlib.cli._ledger_options import LedgerPath, Operator, ledger_url
from crmlib.cli._output import note, say
from crmlib.cli._preview import PlanPath
from crmlib.cli._send import CampaignPath
from crmlib.delivery import Ledger, send_test, utc_now
from crmlib.exceptions import InvalidAddressError, InvalidParameterError
from crmlib.messages import Outcome


def send_to_self(
    plan: PlanPath,
    customer: Annotated[str, typer.Option(help="Whose message.")],
    to: Annotated[str, typer.Option(help="Your own address: it goes nowhere else.")],
    ledger: LedgerPath = "crm.db",
    campaign: CampaignPath = None,
    operator: Operator = None,
) -> None:
    """Send yourself what a customer would get; it counts for nothing and opts nobody out."""
    made = Plan.load(plan)
    with ExitStack() as stack:
        book = None
        if "://" in ledger or Path(ledger).exists():
            book = stack.enter_context(Ledger(ledger_url(ledger), operator=operator))
        else:
            note(f"there is no ledger {ledger} yet, so the test is not logged")
        desk = CampaignDesk(campaign, made, stack)
        try:
            receipt = send_test(
                made, customer, to=to, ledger=book, channels=desk.channels, clock=utc_now
            )
        except InvalidAddressError as error:  # it keeps addresses to itself; this one is your own
            expected = f"an address for the field {error.field} ({error.problem})"
            raise InvalidParameterError("--to", to, expected) from error
    say(f"The message of {customer} to you: {receipt.outcome}, key {receipt.key}")
    if receipt.detail:
        note(receipt.detail)
    if receipt.outcome != Outcome.ACCEPTED:
        raise typer.Exit(6)
