"""``crmlib suppress``: write to an address never again."""

from __future__ import annotations

from typing import Annotated

import typer

from crmlib.cli._control import Note
from crmlib.cli._ledger_options import LedgerPath, Operator, existing_ledger
from crmlib.cli._output import say
from crmlib.delivery import Ledger, utc_now


def suppress(
    address: Annotated[
        str, typer.Argument(help="E-mail address, or phone number with its country code.")
    ],
    note: Note,
    ledger: LedgerPath = "crm.db",
    operator: Operator = None,
) -> None:
    """Never write to an address again, whatever the campaign, from the next claim on.

    For who asked by phone, by letter or in the shop. It cannot be undone; the ledger keeps the
    address as a hash.
    """
    field = "email" if "@" in address else "phone"
    with Ledger(existing_ledger(ledger), operator=operator) as book:
        book.suppress(field, address, at=utc_now(), source=note)
    kind = "e-mail address" if field == "email" else "phone number"
    say(f"this {kind} is suppressed: no campaign of this ledger writes to it any more")
