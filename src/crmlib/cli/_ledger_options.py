"""Which ledger a command works with, and who works with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmlib.exceptions import LedgerUnavailableError

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


def existing_ledger(path: str) -> str:
    """Give the URL of a ledger that must be there: looking at it makes none."""
    if "://" not in path and not Path(path).exists():
        raise LedgerUnavailableError(
            path,
            "there is no such file",
            "name the ledger that crmlib send or crmlib enqueue wrote, with --ledger; before the "
            "first of them there is none, and crmlib plan needs none",
        )
    return ledger_url(path)
