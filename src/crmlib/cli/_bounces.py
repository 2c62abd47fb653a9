"""``crmlib bounces``: take in what came back of messages."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from crmlib.channels import (
    DeliveryReport,
    ReportBatch,
    read_mail_report,
    read_mailbox,
    read_nhncloud_reports,
    read_solapi_reports,
)
from crmlib.cli._ledger_options import LedgerPath, existing_ledger
from crmlib.cli._output import AsJson, counted, note, print_json, say
from crmlib.databases import EPOCH
from crmlib.delivery import (
    Ledger,
    RecordedReports,
    list_engagements,
    record_reports,
    utc_now,
)
from crmlib.exceptions import InvalidParameterError
from crmlib.tables import write_csv

_SECRET = "CRMLIB_SMTP_RETURN_PATH_SECRET"  # noqa: S105 -- the name of the variable that holds it
_PIECE: Final = 500
_UNPROVEN: Final = (
    "{count} taken without proof: anyone who can mail the return path can have addresses of yours "
    "paused (bounces) or suppressed for good (complaints), and messages that may have arrived "
    "settled; to have what is not yours set aside, set return_path_secret under [channels.smtp], "
    f"and the same in {_SECRET} here"
)


class ReportSource(StrEnum):
    """What the files are."""

    MAIL = "mail"
    SOLAPI = "solapi"
    NHNCLOUD = "nhncloud"


def bounces(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Mailboxes (mbox, maildir, .eml), or files with what a provider posted (JSON)."
        ),
    ] = None,
    ledger: LedgerPath = "crm.db",
    provider: Annotated[
        ReportSource, typer.Option(help="What the files are.")
    ] = ReportSource.MAIL,
    engagements: Annotated[
        Path | None,
        typer.Option(help="Write all that the ledger knows of what became of messages, as CSV."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take in bounces, complaints, opt-outs and receipts; what came before counts once.

    Set CRMLIB_SMTP_RETURN_PATH_SECRET: what it does not sign is set aside then. Without it anyone
    who can mail the return path can report on your messages and addresses.
    """
    if not paths and engagements is None:
        raise InvalidParameterError("PATHS", "none", "a mailbox, or --engagements a file to write")
    aside: Counter[str] = Counter()
    found = RecordedReports.nothing()
    reports = _read(paths or [], provider, aside)
    with Ledger(existing_ledger(ledger)) as book:
        while piece := list(islice(reports, _PIECE)):  # a large mailbox takes its time
            found += record_reports(book, piece, at=utc_now())
        events = None if engagements is None else list_engagements(book, EPOCH)
    if events is not None and engagements is not None:
        write_csv(events, engagements)
    if found.unproven and not _secret():
        note(_UNPROVEN.format(count=counted(found.unproven, "report")))
    if as_json:
        told: dict[str, Any] = found.to_dict() | {"set_aside": dict(sorted(aside.items()))}
        if events is not None:
            told["engagements"] = {"path": str(engagements), "rows": len(events)}
        print_json(told)
        return
    say(found.summary())
    for reason, count in sorted(aside.items()):
        note(f"{count:,} set aside: {reason}")
    if events is not None:
        say(f"Written:  {len(events):,} events in {engagements}")
        say(f'Use:      write engagements = "{engagements}" under [data] of the campaign file')


def _read(
    paths: list[Path], provider: ReportSource, aside: Counter[str]
) -> Iterator[DeliveryReport]:
    """Read report after report; count in *aside* why others are not used."""
    for path in paths:
        for batch in _batches(path, provider):
            aside.update(each.reason for each in batch.set_aside)
            yield from batch.reports


def _batches(path: Path, provider: ReportSource) -> Iterator[ReportBatch]:
    if provider is ReportSource.MAIL:
        for _, raw in read_mailbox(path):
            yield read_mail_report(raw, received_at=utc_now(), secret=_secret())
    elif provider is ReportSource.SOLAPI:
        yield read_solapi_reports(path.read_bytes(), received_at=utc_now())
    else:
        yield read_nhncloud_reports(path.read_bytes(), received_at=utc_now())


def _secret() -> str | None:
    return os.environ.get(_SECRET) or None
