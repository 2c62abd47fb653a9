"""Which ledger a command works with, and who works with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url

from crmlib.cli._output import quoted
from crmlib.exceptions import LedgerUnavailableError

DEFAULT_LEDGER = "crm.db"

LedgerPath = Annotated[str, typer.Option("--ledger", help="Ledger: a file, or postgresql://…")]
Operator = Annotated[
    str | None,
    typer.Option(
        envvar="CRMLIB_OPERATOR",
        help="Who does it, for the log (default: the user of this machine).",
    ),
]


def ledger_url(path: str) -> str:
    """Give the URL of a ledger that is named by its file, or by a URL already."""
    return path if "://" in path else f"sqlite:///{path}"


def ledger_option(path: str | None, default: str | None = DEFAULT_LEDGER) -> str:
    """Give what names the ledger in a command that a person is to type; no password is in it.

    *default* is what that command takes if none is named.
    """
    if path in {default, None}:
        return ""
    shown = make_url(path).render_as_string(hide_password=True) if "://" in path else path
    return f" --ledger {quoted(shown)}"


def existing_ledger(path: str, way_out: str = "before the first of them there is none") -> str:
    """Give the URL of a ledger that must be there: looking at it makes none.

    *way_out* ends the advice where there is no such file.
    """
    if "://" not in path and not Path(path).exists():
        raise LedgerUnavailableError(
            path,
            "there is no such file",
            f"name the ledger that crmlib send or crmlib enqueue wrote, with --ledger; {way_out}",
        )
    return ledger_url(path)


def existing_if_named(path: str) -> str:
    """Give the URL of a ledger that a command can do without, and that must be there if named."""
    return existing_ledger(
        path, "before the first of them there is none: leave --ledger out until then"
    )
