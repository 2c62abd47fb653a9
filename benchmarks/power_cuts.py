"""The long form of the power cuts: at every write and sync of both stores.

The claim is that every message that left has its claim on the disk, whatever
becomes of the writes that were not synced, and that nothing goes twice or is
lost after the restart; and that ledgers that sync less are caught.  Give a
number to cut at each so-manyth write or sync only.

All campaigns are noted in one go.  Then as many processes as there are cores
cut them, each a campaign with a ledger of its own; where cuts leave the same
disk, one restart shows for all of them what becomes of it.  On two cores that
took eighteen minutes.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "delivery"))

from power_cut_judge import COLUMNS, FAULTS, total
from power_cut_sweep import Cuts, Setting, record
from results import describe_machine, write_section

if TYPE_CHECKING:
    from power_cut_judge import Verdict

SETTINGS = [
    *(Setting("postgres", workers, is_keyed) for workers in (4, 1) for is_keyed in (False, True)),
    *(Setting("postgres", workers, level="OFF") for workers in (4, 1)),
    *(Setting("sqlite", workers, is_keyed) for workers in (4, 1) for is_keyed in (False, True)),
    *(
        Setting("sqlite", workers, level=level)
        for workers in (4, 1)
        for level in ("OFF", "NORMAL")
    ),
]
"""The longest first, so that no process is left alone with one in the end."""
VILLAIN_STRIDE = 4
HEADINGS = ("setting", "moments", "cuts", "restarts", *COLUMNS, "seconds")


def main() -> None:
    """Cut, print and keep the table; exit with 1 if a claim does not hold."""
    stride = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    begun = time.monotonic()
    with record(SETTINGS) as campaigns:
        recorded = time.monotonic() - begun
        print(f"noted in {recorded:.0f} seconds", flush=True)
        assert [path for cuts in campaigns.values() for path in cuts.unnoted] == []
        rows, failures, cuts = cut_all(campaigns, stride)
    seconds = time.monotonic() - begun
    write_section(
        "power_cuts",
        f"{cuts:,} power cuts of a campaign to 12 recipients, during which the store writes its "
        "log back twice. What the programs write and sync is noted by a library loaded into "
        "them; a cut leaves what was synced, and of the rest nothing, everything, or what the "
        "lot says: the newest write alone, the newest half written, or some writes, sector by "
        f"sector. All three at one of {stride} writes and syncs (villains: of "
        f"{VILLAIN_STRIDE * stride}); cuts that leave the same disk share a restart. PostgreSQL: "
        "server and sender together, in a database whose `synchronous_commit` is `off` by "
        "default; the ledger is made meanwhile, for *keyed* and villains before; on SQLite always "
        "meanwhile. *keyed*: the provider drops repeats. *unclaimed*: handed over, and not in the "
        "ledger after the cut; *refused*: the witness showed that claims are missing, so nothing "
        "was sent again; *broken*: the campaign did not end as it should.\n\n"
        f"| {' | '.join(HEADINGS)} |\n|---|{'---:|' * (len(HEADINGS) - 1)}\n"
        + "\n".join(rows)
        + f"\n\nIt took {seconds / 60:.0f} minutes in {os.cpu_count()} processes, "
        f"{recorded:.0f} seconds of it to note.\n\n"
        f"{describe_machine('crmlib', 'sqlalchemy', 'psycopg')}",
    )
    print(f"{cuts:,} cuts in {seconds:.0f} seconds; failures: {failures or 'none'}")
    sys.exit(bool(failures))


def cut_all(campaigns: dict[Setting, Cuts], stride: int) -> tuple[list[str], list[str], int]:
    """Cut each of *campaigns*, some beside each other; give rows, failures and the number."""
    rows, failures, cuts = {}, [], 0
    _campaigns.update(campaigns)
    with multiprocessing.get_context("fork").Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        jobs = [(setting, stride) for setting in campaigns]
        for setting, verdicts, restarts, seconds in pool.imap_unordered(cut_one, jobs):
            sums = {column: total(verdicts, column) for column in COLUMNS}
            moments = len(campaigns[setting].moments)
            cells = (setting, moments, len(verdicts), restarts, *sums.values(), f"{seconds:.0f}")
            rows[setting] = f"| {' | '.join(map(str, cells))} |"
            print(rows[setting], flush=True)
            for trouble in {verdict.trouble for verdict in verdicts if verdict.trouble}:
                print(trouble)
            cuts += len(verdicts)
            is_caught = sums["unclaimed"] > 0
            is_clean = not any(sums[fault] for fault in FAULTS)
            if not (is_caught if setting.is_villain else is_clean):
                failures.append(str(setting))
    return [rows[setting] for setting in campaigns], failures, cuts


_campaigns: dict[Setting, Cuts] = {}
"""What the processes that cut inherit: it is too much to hand over."""


def cut_one(job: tuple[Setting, int]) -> tuple[Setting, list[Verdict], int, float]:
    """Cut one campaign; give its verdicts, and how many restarts and seconds it took."""
    setting, stride = job
    begun = time.monotonic()
    cuts = _campaigns[setting]
    step = stride * VILLAIN_STRIDE if setting.is_villain else stride
    verdicts = cuts.cut(cuts.moments[step - 1 :: step])
    return setting, verdicts, cuts.restarts, time.monotonic() - begun


if __name__ == "__main__":
    main()
