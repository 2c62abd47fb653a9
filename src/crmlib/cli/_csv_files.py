"""CSV files of text cells, as a user of the shell names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlib.exceptions import UnreadableFileError
from crmlib.tables import check_engagements, unescape_texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def read_engagements(path: Path | None) -> pd.DataFrame | None:
    """Read the CSV file of engagements, if there is one."""
    return None if path is None else read_table(path, check_engagements)


def read_table(path: Path, check: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """Read a CSV file of text cells and check it."""
    return check(read_cells(path))


def read_cells(path: Path) -> pd.DataFrame:
    """Read a CSV file of text cells; those that were made safe for a spreadsheet as they were."""
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UnreadableFileError(
            str(path), "there is no such file", "correct the path"
        ) from error
    except (ValueError, UnicodeDecodeError) as error:
        raise UnreadableFileError(
            str(path), f"it is no CSV file in UTF-8 ({error})", "save it as CSV in UTF-8"
        ) from error
    return raw.apply(unescape_texts)
