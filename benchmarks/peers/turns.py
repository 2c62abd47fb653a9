"""Time a call whenever a line comes in, in the environment of whoever imports this.

Nothing but pandas is needed here, because each peer has its own environment.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

WARM_UP = 1_000
LAST_DAY = "2024-12-31"


def serve(call: Callable[[pd.DataFrame], Any], *packages: str) -> None:
    """Tell versions; then, at each line of standard input, the seconds that *call* takes.

    *call* gets a copy of the lines, which is made before the clock starts,
    because some peers write into what they are given.
    """
    warnings.simplefilter("ignore")
    lines = pd.read_parquet(sys.argv[1])
    call(lines.head(WARM_UP).copy())
    print(json.dumps({name: version(name) for name in ("pandas", *packages)}), flush=True)
    for _ in sys.stdin:
        given = lines.copy()
        start = time.perf_counter()
        answer = call(given)
        seconds = time.perf_counter() - start
        print(json.dumps([seconds, len(answer)]), flush=True)
        del given, answer
