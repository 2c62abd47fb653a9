"""``crmlib verify``: what it prints, and its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from crmlib.delivery import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Answer


def test_the_proof_is_run_beside_a_ledger_and_told(
    crmlib: Callable[..., Answer], tmp_path: Path
) -> None:
    """Killed at a few steps, it prints a row for each setting, ends well and leaves nothing."""
    Ledger(f"sqlite:///{tmp_path}/crm.db").close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    answer = crmlib("verify", "--every", "150", "--ledger", "crm.db")

    assert answer.code == 0
    assert "four senders" in answer.out
    assert "0 sent twice, 0 lost without a word" in answer.out
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("fault", ["doubles", "lost", "failed"])
def test_a_fault_that_was_found_is_an_exit_code(
    crmlib: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """One double, one silent loss or one run that failed by itself makes the exit code 1."""
    names = ("steps", "killed", "messages", "sent", "doubles", "lost", "unknown", "failed")
    row = {"setting": "one sender"} | dict.fromkeys(names, 0) | {fault: 1}
    found = pd.DataFrame([row])
    monkeypatch.setattr("crmlib.cli._verify.verify_delivery", lambda *_, **__: found)
    answer = crmlib("verify", "--json")

    assert answer.code == 1
    assert answer.json == [row]
    assert ("note: failed" in answer.err) == (fault == "failed")
