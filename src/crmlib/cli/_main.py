"""The ``crmlib`` command: its subcommands, its errors and its exit codes."""

from __future__ import annotations

import os
import sys
import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

import typer

from crmlib.cli._adopt import adopt
from crmlib.cli._bounces import bounces
from crmlib.cli._channels import channels
from crmlib.cli._check import check
from crmlib.cli._control import cancel, pause, resume
from crmlib.cli._datasets import datasets
from crmlib.cli._demo import demo
from crmlib.cli._duties import duties
from crmlib.cli._evaluate import evaluate
from crmlib.cli._log import log
from crmlib.cli._map import map_headers
from crmlib.cli._new_channel import new_channel
from crmlib.cli._output import complain, note
from crmlib.cli._people import people
from crmlib.cli._plan import plan
from crmlib.cli._preview import preview
from crmlib.cli._products import products
from crmlib.cli._recipients import recipients
from crmlib.cli._report import report
from crmlib.cli._resend import resend
from crmlib.cli._responses import responses
from crmlib.cli._segment import segment
from crmlib.cli._send import send
from crmlib.cli._settle import settle
from crmlib.cli._status import status
from crmlib.cli._suppress import suppress
from crmlib.cli._test_send import send_to_self
from crmlib.cli._themes import themes
from crmlib.cli._verify import verify
from crmlib.cli._warranty import warranty
from crmlib.cli._web import serve, web
from crmlib.cli._work import enqueue, work
from crmlib.exceptions import (
    ChannelBrokenError,
    CRMLibError,
    CRMLibWarning,
    LedgerLineageError,
    LedgerUnavailableError,
    PlanAlteredError,
    PlanNotApprovedError,
    PlanTooLargeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

EPILOG = (
    "Exit codes: 0 done; 1 interrupted, a file could not be read or written, or crmlib verify "
    "found a fault; 2 wrong usage; "
    "3 input that cannot be used; 4 the plan is not the approved one, or "
    "writes to unusually many; 5 the ledger cannot be "
    "used; 6 sent, but some messages need a person (see crmlib status); 7 the law would stop "
    "some messages (see crmlib check); 8 a duty is overdue (see crmlib duties); 70 a defect of "
    "crmlib."
)

EXIT_CODES: dict[type[CRMLibError], int] = {
    PlanAlteredError: 4,
    PlanNotApprovedError: 4,
    PlanTooLargeError: 4,
    LedgerLineageError: 5,
    LedgerUnavailableError: 5,
    ChannelBrokenError: 6,
}

app = typer.Typer(
    name="crmlib",
    help="From order files to the right message, delivered once, and its effect measured.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    *(demo, segment, people, products, themes, plan, preview, check, duties, send, status),
    *(bounces, enqueue, work, pause, resume, cancel, recipients, resend, settle, suppress),
    *(log, adopt),
    *(serve, verify, report, responses, evaluate, channels),
):
    app.command()(command)
app.command("test-send")(send_to_self)
app.command("map")(map_headers)
app.command("new-channel")(new_channel)
app.add_typer(datasets, name="datasets")
app.add_typer(warranty, name="warranty")
app.add_typer(web, name="web")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crmlib {version('crmlib')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """From order files to the right message, delivered once, and its effect measured."""


def main() -> None:
    """Run the command line; every error becomes one line and an exit code."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", CRMLibWarning)
        warnings.showwarning = _note_once()
        sys.exit(_run())


def _note_once() -> Callable[..., None]:
    """Show each warning as a note, once however often it comes."""
    shown: set[str] = set()

    def show(message: object, *_: object, **__: object) -> None:
        if str(message) not in shown:
            shown.add(str(message))
            note(str(message))

    return show


def _run() -> int:
    try:
        app()
    except CRMLibError as error:
        complain("\n".join([str(error), *getattr(error, "__notes__", ())]))
        return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 3)
    except OSError as error:
        complain(f"{error.filename or 'a file'}: {error.strerror or error}")
        return 1
    except Exception as error:
        if "CRMLIB_TRACEBACK" in os.environ:
            raise
        complain(
            f"{type(error).__name__}: {error}; a defect of crmlib: set CRMLIB_TRACEBACK=1, "
            "run it again, and report what that prints"
        )
        return 70
    return 0
