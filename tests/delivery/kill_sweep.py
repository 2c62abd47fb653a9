"""The kill sweep of the package with two villains beside the ledger, and its table.

test_kill_sweep.py runs a short form of it, benchmarks/kill_sweep.py the long one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.delivery._verification import Sweep

if TYPE_CHECKING:
    from crmlib.delivery._verification import Verdict

DRIVER = Path(__file__).with_name("kill_sweep_driver.py")
COLUMNS = ("kills", "received", "unknown", "doubles", "losses")
HEADINGS = " | ".join(("setting", "runs", *COLUMNS))


def make_sweep(folder: Path, server: str | None) -> Sweep:
    """Give a sweep that knows the villains."""
    return Sweep(folder, server, [sys.executable, str(DRIVER)])


def describe(name: object, verdicts: list[Verdict]) -> str:
    """Give a row of the table."""
    sums = [sum(getattr(verdict, column) for verdict in verdicts) for column in COLUMNS]
    return " | ".join(map(str, (name, len(verdicts), *sums)))
