"""The long form of the kill sweep: at least 2,000 runs on both stores, each killed somewhere.

The claim is 0 doubles and 0 silent losses in every run of the ledger, and that
the same sweep finds the doubles and the losses of two naive designs.  Give a
number to kill at each so-manyth step only.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "delivery"))

from kill_sweep import COLUMNS, describe, make_sweep
from postgres_server import MEMORY, PostgresServer
from results import describe_machine, write_section

from crmlib.delivery._verification import Setting
from crmlib.delivery._verification_plan import RECIPIENTS

FEWEST_RUNS = 2_000
JUMPS = (3, 0, 5)
SETTINGS = [
    (Setting(design=design, store=store, **more), stride)
    for store in ("sqlite", "postgres")
    for design, more, stride in (
        ("ledger", {}, 1),
        ("ledger", {"channel": "keyed"}, 1),
        ("ledger", {"mailbox": "mute", "hours": JUMPS}, 1),
        ("ledger", {"workers": 4}, 2),
        ("ledger", {"workers": 4, "channel": "keyed", "hours": JUMPS}, 2),
        ("ledger", {"workers": 4, "mailbox": "mute"}, 2),
        ("ledger in lanes", {}, 1),
        ("ledger in lanes", {"channel": "keyed", "workers": 4}, 2),
        ("ledger with reports", {}, 1),
        ("record after batch", {}, 2),
        ("checkpoint at fetch", {}, 2),
    )
]


def main() -> None:
    """Sweep, print and keep the table; exit with 1 if a claim does not hold."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    rows, runs, failures = [], 0, []
    server = PostgresServer()
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        sweep = make_sweep(Path(folder), server.url(server.make_database()))
        for setting, stride in SETTINGS:
            verdicts = sweep.sweep(setting, stride * times)
            rows.append(f"| {describe(setting, verdicts)} |")
            print(rows[-1], flush=True)
            runs += len(verdicts)
            if not holds(setting, verdicts):
                failures.append(str(setting))
        sweep.close()
    server.close()
    text = (
        f"{runs:,} runs of a campaign to 12 recipients over a loopback SMTP server, killed by "
        "SIGKILL at every step (statement that writes, commit, write of the witness, half of "
        "what goes on the wire, reply), every eighth again after the restart. *keyed*: the "
        "server drops a repeated Message-ID; *mute*: it loses one reply; *clock jumps*: it goes "
        "back three hours, and every restart is killed as well. *ledger in lanes*: by two "
        "channels at once, each at a rate. *ledger with reports*: what became of "
        "each message is reported before its receipt, twice, and after a restart.\n\n"
        f"| setting | runs | {' | '.join(COLUMNS)} |\n|---|{'---:|' * (1 + len(COLUMNS))}\n"
        + "\n".join(rows)
        + f"\n\n{describe_machine('crmlib', 'sqlalchemy', 'psycopg')}"
    )
    if times == 1:
        write_section("kill_sweep", text)
    print(f"{runs:,} runs; failures: {failures or 'none'}")
    sys.exit(bool(failures) or (times == 1 and runs < FEWEST_RUNS))


def holds(setting: Setting, verdicts: list) -> bool:
    """Say whether the ledger kept its promises, or the villain was caught."""
    doubles = sum(verdict.doubles for verdict in verdicts)
    losses = sum(verdict.losses for verdict in verdicts)
    if setting.design == "record after batch":
        return bool(doubles) and not losses
    if setting.design == "checkpoint at fetch":
        return bool(losses) and not doubles
    is_whole = all(
        verdict.is_clean and verdict.states.total() == RECIPIENTS for verdict in verdicts
    )
    return is_whole and not doubles and not losses


if __name__ == "__main__":
    main()
