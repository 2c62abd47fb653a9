"""Text files, byte for byte the same for the same table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


def write_text(
    path: Path, table: pd.DataFrame, *, encoding: str = "utf-8", separator: str = ","
) -> None:
    """Write *table* without its index; NaN is an empty cell."""
    table.to_csv(path, index=False, encoding=encoding, sep=separator, lineterminator="\n")
