"""The long form of the power cuts: at every write and sync of SQLite, at many of PostgreSQL.

The claim is that every message that left has its claim on the disk, whatever
becomes of the writes that were not synced, and that nothing goes twice or is
lost after the restart; and that ledgers that sync less are caught.  Give a
number to cut at each so-manyth write or sync only.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "delivery"))

from postgres_server import MEMORY, PostgresServer
from power_cut_sweep import COLUMNS, PostgresCuts, run_sqlite
from results import describe_machine, write_section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from power_cut_sweep import Verdict

SETTINGS = {
    "ledger, sqlite, 1 worker": ("ledger", 1),
    "ledger, sqlite, 4 workers": ("ledger", 4),
    "synchronous = OFF, sqlite, 1 worker": ("OFF", 1),
    "synchronous = NORMAL, sqlite, 1 worker": ("NORMAL", 1),
}
POSTGRES = {
    "ledger": "ledger, postgres, 1 worker",
    "OFF": "synchronous_commit = off, postgres, 1 worker",
}
POSTGRES_CUTS = 24
FAULTS = ("unclaimed", "doubles", "losses", "refused")


def main() -> None:
    """Cut, print and keep the table; exit with 1 if a claim does not hold."""
    stride = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    rows, failures, cuts = [], [], 0
    for name, verdicts in all_cuts(stride):
        sums = {
            column: sum(getattr(verdict, column.replace(" ", "_")) for verdict in verdicts)
            for column in COLUMNS
        }
        rows.append(f"| {name} | {len(verdicts)} | {' | '.join(map(str, sums.values()))} |")
        print(rows[-1], flush=True)
        cuts += len(verdicts)
        is_clean = not any(sums[fault] for fault in FAULTS)
        if is_clean != name.startswith("ledger"):
            failures.append(name)
    write_section(
        "power_cuts",
        f"{cuts:,} power cuts of a campaign to 12 recipients. What the programs write and sync is "
        "noted by a library loaded into them; a cut leaves what was synced, and of the rest "
        "nothing, what luck has it (sector by sector), or everything, in turn. SQLite is cut at "
        f"one of {stride} writes and syncs (villains: of {4 * stride}), with all three; "
        "PostgreSQL, server and sender together, at moments spread over the campaign, in a "
        "database whose `synchronous_commit` is `off` by default. "
        "*unclaimed*: handed over, and not in the ledger after the cut; *refused*: the witness "
        "showed that claims are missing, so nothing was sent again.\n\n"
        f"| setting | cuts | {' | '.join(COLUMNS)} |\n|---|{'---:|' * (1 + len(COLUMNS))}\n"
        + "\n".join(rows)
        + f"\n\n{describe_machine('crmlib', 'sqlalchemy', 'psycopg')}",
    )
    print(f"{cuts:,} cuts; failures: {failures or 'none'}")
    sys.exit(bool(failures))


def all_cuts(stride: int) -> Iterator[tuple[str, list[Verdict]]]:
    """Give what each setting showed."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        for name, cuts in run_sqlite(Path(folder), SETTINGS).items():
            yield name, cuts.cut(stride if name.startswith("ledger") else 4 * stride)
    server = PostgresServer()
    try:
        with TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)  # the server runs as another user
            found = PostgresCuts(server, Path(folder), ["OFF", "ledger"]).cut(
                POSTGRES_CUTS // stride
            )
    finally:
        server.close()
    for design, name in POSTGRES.items():
        yield name, found[design]


if __name__ == "__main__":
    main()
