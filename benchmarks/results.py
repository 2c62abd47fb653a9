"""Keep what benchmarks measured in RESULTS.md, one section each."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
_PREFACE = """\
# Benchmark results

Written by the scripts beside this file; each writes its own section anew.
"""


def write_section(title: str, text: str, path: Path = RESULTS) -> None:
    """Put *text* under the heading ``## title``, in place of what stood there.

    Other sections stay as they are; a new one goes to the end.
    """
    old = path.read_text(encoding="utf-8") if path.exists() else _PREFACE
    section = f"## {title}\n\n{text.strip()}\n"
    parts = re.split(r"(?m)^(?=## )", old)
    for place, part in enumerate(parts):
        if part.splitlines()[:1] == [f"## {title}"]:
            parts[place] = section
            break
    else:
        parts.append(section)
    path.write_text("\n\n".join(part.strip() for part in parts) + "\n", encoding="utf-8")


def describe_machine(*packages: str) -> str:
    """Say in one paragraph when, where and with which versions something was measured."""
    installed = ", ".join(f"{name} {version(name)}" for name in packages)
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores "
        f"({_cpu_model()}), {_memory_gib():.0f} GiB of memory, "
        f"{platform.system()}, Python {platform.python_version()}; {installed}."
    )


def _cpu_model() -> str:
    """Give the model name that Linux tells, or the architecture."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.exists() else ""
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found[1] if found else platform.machine()


def _memory_gib() -> float:
    """Give the memory of the machine in GiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
