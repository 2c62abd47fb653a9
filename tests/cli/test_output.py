"""Tables for people: words stay whole, whatever the width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console

from crmlib.cli import _output

if TYPE_CHECKING:
    import pytest

TABLE = pd.DataFrame(
    {
        "duty": ["consent-reminder"],
        "next_due": ["2026-01-13"],
        "owed": [1375],
        "file": ["a-name-that-is-longer-than-any-terminal-has-room.xlsx"],
    }
)


def shown(monkeypatch: pytest.MonkeyPatch, width: int, *, is_terminal: bool) -> str:
    """Give what is printed of the table."""
    console = Console(width=width, force_terminal=is_terminal, color_system=None)
    monkeypatch.setattr(_output, "out", console)
    with console.capture() as capture:
        _output.show_table(TABLE)
    return capture.get()


def test_a_file_has_no_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes to a file or a pipe has each row on a line."""
    monkeypatch.delenv("COLUMNS", raising=False)
    text = shown(monkeypatch, 40, is_terminal=False)

    (row,) = (line for line in text.splitlines() if "consent-reminder" in line)
    assert row.split() == ["consent-reminder", "2026-01-13", "1,375", TABLE.loc[0, "file"]]
    assert "next due" in text


def test_on_a_narrow_terminal_words_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is longer than 24 letters is broken, such as the name of a file."""
    text = shown(monkeypatch, 70, is_terminal=True)

    assert "consent-reminder" in text
    assert "2026-01-13" in text
    assert TABLE.loc[0, "file"] not in text
    assert max(map(len, text.splitlines())) <= 70
