"""``crmlib adopt``: go on with a copied or restored ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from crmlib.cli._ledger_options import Operator, existing_ledger, ledger_option
from crmlib.cli._output import say
from crmlib.delivery import Ledger, list_actions


def adopt(
    ledger: Annotated[str, typer.Argument(help="The copy: a file, or postgresql://…")],
    operator: Operator = None,
) -> None:
    """Make a copied or restored ledger the ledger, if its original will never send again.

    What the original may have sent, all that was in hand or due by now, becomes unknown; what is
    due later stays planned. Campaigns that the original entered after the copy was made are not
    known here: planned and sent again, they go to everybody once more.
    """
    with Ledger.adopt(existing_ledger(ledger), operator=operator) as book:
        note = list_actions(book)["note"].iloc[-1]
    say(f"{ledger} is adopted: {note}")
    option = ledger_option(ledger)
    say(f"Next:     crmlib status{option}, and crmlib settle CAMPAIGN{option} for the unknown")
