"""How long ``import crmlib`` takes: under 60 ms more than starting Python does.

The front door is lazy; this claim is what laziness is for.  Each run starts a
new process; runs with and without the import take turns, so that a busy
machine slows both.
"""

import subprocess
import sys
from statistics import median, quantiles
from time import perf_counter

from results import describe_machine, write_section

N_RUNS = 31
CLAIM_MS = 60.0


def main() -> None:
    """Measure, print and keep the result; exit with 1 if the claim does not hold."""
    run_ms("import crmlib")  # writes the byte code
    added_ms = [run_ms("import crmlib") - run_ms("pass") for _ in range(N_RUNS)]
    low, _, high = quantiles(added_ms, n=4)
    text = (
        f"`import crmlib` takes {median(added_ms):.1f} ms more than `pass` "
        f"(median of {N_RUNS} pairs of runs, middle half from {low:.1f} to {high:.1f} ms); "
        f"the claim is under {CLAIM_MS:.0f} ms.\n\n{describe_machine('crmlib', 'lazy-loader')}"
    )
    print(text)
    write_section("import_time", text)
    sys.exit(median(added_ms) >= CLAIM_MS)


def run_ms(statement: str) -> float:
    """Run *statement* in a new Python process and give the wall time in milliseconds."""
    start = perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return (perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
