"""``crmlib serve`` and ``crmlib web``: the pages behind links, and what was said there."""

from __future__ import annotations

import logging
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.cli._ledger_options import LedgerPath, existing_ledger, ledger_url
from crmlib.cli._output import AsJson, note, print_json, records, say, show_table
from crmlib.delivery import Ledger, close_request, list_answers, list_requests, utc_now
from crmlib.exceptions import InvalidParameterError
from crmlib.opt_out_links import OptOutKeys
from crmlib.tables import write_csv

if TYPE_CHECKING:
    from crmlib.web import WebSettings

KeysPath = Annotated[Path, typer.Argument(help="File of the opt-out keys; keep it secret.")]

web = typer.Typer(
    help="What the links in messages lead to: keys, answers, requests.", no_args_is_help=True
)


def serve(
    settings: Annotated[Path, typer.Argument(help="TOML file with the tables web and brand.")],
) -> None:
    """Serve the pages that links in messages lead to, until it is stopped."""
    from crmlib.web import load_settings, make_server  # noqa: PLC0415 -- an extra

    told = load_settings(settings)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    with (
        Ledger(_ledger_of(told)) as book,
        nullcontext() if told.warranty is None else told.warranty.open(told.brand) as desk,
    ):
        note(f"serving on http://{told.host}:{told.port}{told.prefix}; stop it with Ctrl-C")
        make_server(told, book, desk).run()


def _ledger_of(told: WebSettings) -> str:
    """Give the ledger, which must be there unless a shop serves warranties before its mails."""
    path = told.ledger.removeprefix("sqlite:///")
    if told.warranty is None:
        return existing_ledger(path)
    if "://" not in path and not Path(path).exists():
        note(f"there was no ledger {path}, so one is made; no link in a message works by it yet")
    return ledger_url(path)


@web.command()
def keys(
    path: KeysPath,
    rotate: Annotated[bool, typer.Option("--rotate", help="Add a key that signs.")] = False,
    withdraw: Annotated[
        int | None, typer.Option(help="Refuse what this key signed, because it leaked.")
    ] = None,
) -> None:
    """Make the keys that sign opt-out links, or change them; links made before go on working."""
    if rotate and withdraw is not None:
        raise InvalidParameterError("--withdraw", withdraw, "given without --rotate")
    if rotate or withdraw is not None:
        ring = OptOutKeys.load(path)
        ring = ring.rotate() if withdraw is None else ring.withdraw(withdraw)
    elif path.exists():
        ring = OptOutKeys.load(path)
        _tell(path, ring)
        return
    else:
        ring = OptOutKeys.generate()
    ring.save(path)
    _tell(path, ring)
    note("restart crmlib serve where it runs, so that it knows them")


def _tell(path: Path, ring: OptOutKeys) -> None:
    numbers = [key.number for key in ring.keys]
    also = f"; {', '.join(map(str, numbers[1:]))} verify too" if numbers[1:] else ""
    say(f"{path}: key {numbers[0]} signs{also}")


@web.command()
def answers(
    ledger: LedgerPath = "crm.db",
    out: Annotated[Path | None, typer.Option(help="Write them to this CSV file.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what recipients said by their links: consents and withdrawals, with their proof.

    The columns are those of a file of consents.
    """
    with Ledger(existing_ledger(ledger)) as book:
        said = list_answers(book)
    if out is not None:
        write_csv(said, out)
        say(f"{len(said):,} answers: {out}")
    elif as_json:
        print_json(records(said))
    elif said.empty:
        say("Nobody has answered yet.")
    else:
        minutes = said["at"].dt.strftime("%Y-%m-%d %H:%M")
        show_table(said.drop(columns=["topic", "wording"]).assign(at=minutes))


@web.command()
def requests(ledger: LedgerPath = "crm.db", as_json: AsJson = False) -> None:
    """List who asked to be erased, and what was done."""
    with Ledger(existing_ledger(ledger)) as book:
        asked = list_requests(book)
    if as_json:
        print_json(records(asked))
    elif asked.empty:
        say("Nobody has asked for anything.")
    else:
        show_table(asked)
        waiting = int(asked["done_at"].isna().sum())
        say(f"Waiting:  {waiting:,}; crmlib web done ID --note … when one is done")


@web.command()
def done(
    request: Annotated[int, typer.Argument(help="Id of the request.")],
    note_of_it: Annotated[str, typer.Option("--note", help="What was done; no names.")],
    ledger: LedgerPath = "crm.db",
) -> None:
    """Say that what somebody asked for was done."""
    with Ledger(existing_ledger(ledger)) as book:
        close_request(book, request, at=utc_now(), note=note_of_it)
    say(f"Request {request} is done.")
