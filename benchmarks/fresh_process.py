"""Run one engine in a process of its own: seconds, and memory over what its input takes.

Linux only: the peak is the kernel's ``VmHWM``, reset after the input is there.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa
from order_lines import SNAPSHOT, ZONE, load_order_lines
from raw_engines import make_engine

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP = 1_000
GB = 1e9


@attrs.frozen(kw_only=True)
class Run:
    """What one process measured.

    Parameters
    ----------
    first_s, median_s : float
        Seconds of the first run, which touches its memory first, and the median of all.
    extra_gb : float
        Peak of resident memory in the first run, over that before it.
    """

    first_s: float
    median_s: float
    extra_gb: float


def run_fresh(engine: str, n_lines: int, n_customers: int, kind: str, n_runs: int = 1) -> Run:
    """Measure *engine* on order lines in a new process."""
    job = json.dumps([engine, n_lines, n_customers, kind, n_runs])
    done = subprocess.run(
        [sys.executable, __file__, job], check=True, capture_output=True, text=True
    )
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def main(engine: str, n_lines: int, n_customers: int, kind: str, n_runs: int) -> None:
    """Measure in this process, and print the answer."""
    lines = load_order_lines(n_lines, n_customers, kind)
    make_engine(engine, lines[:WARM_UP], SNAPSHOT, ZONE)()
    call = make_engine(engine, lines, SNAPSHOT, ZONE)
    del lines  # an engine with a frame of its own does not need it
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    before = resident_gb()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    seconds = [_time(call)]
    extra = peak_gb() - before
    seconds += [_time(call) for _ in range(n_runs - 1)]
    told = {"first_s": seconds[0], "median_s": statistics.median(seconds), "extra_gb": extra}
    print(json.dumps(told))


def resident_gb() -> float:
    """Give the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / GB


def peak_gb() -> float:
    """Give the highest resident memory of this process since the last reset."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / GB
    raise RuntimeError("this kernel does not tell VmHWM")


def _time(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(*json.loads(sys.argv[1]))
