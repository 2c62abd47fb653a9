"""What the tests of delivery share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmlib.delivery import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Say where a new ledger can lie."""
    return f"sqlite:///{tmp_path}/crm.db"


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """Make a ledger."""
    with Ledger(url, busy_timeout_seconds=0.05) as made:
        yield made
