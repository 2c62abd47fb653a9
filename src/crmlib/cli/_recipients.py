"""``crmlib recipients``: who did and who did not get it, as a table."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from crmlib.cli._control import CampaignName
from crmlib.cli._ledger_options import LedgerPath, existing_ledger
from crmlib.cli._output import AsJson, print_json_rows, say, show_table
from crmlib.delivery import Ledger, stream_recipients
from crmlib.tables import CsvFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def recipients(
    campaign: CampaignName,
    ledger: LedgerPath = "crm.db",
    out: Annotated[
        Path | None, typer.Option(help="CSV file, a row for each message.", show_default=False)
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(help="Only these: accepted, dead, unknown, ...; may be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say who got a campaign, who did not, and of whom that is not known."""
    counts: Counter[tuple[str, str]] = Counter()
    with Ledger(existing_ledger(ledger)) as book, ExitStack() as stack:
        pieces = stream_recipients(book, campaign, states=state)
        file = None if out is None else stack.enter_context(CsvFile(out))
        if as_json:
            print_json_rows(_passed_on(pieces, counts, file))
            return
        for _ in _passed_on(pieces, counts, file):
            pass
    show_table(
        pd.DataFrame(
            [(*kind, count) for kind, count in sorted(counts.items())],
            columns=["got_it", "state", "messages"],
        )
    )
    if out is not None:
        say(f"Written:  {out}")


def _passed_on(
    pieces: Iterable[pd.DataFrame], counts: Counter[tuple[str, str]], file: CsvFile | None
) -> Iterator[pd.DataFrame]:
    """Count and write each piece on its way."""
    for piece in pieces:
        counts.update(zip(piece["got_it"], piece["state"], strict=True))
        if file is not None:
            file.write(piece)
        yield piece
