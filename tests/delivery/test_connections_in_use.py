"""More at once than a database has connections for."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from crmlib.delivery import Ledger
from crmlib.exceptions import LedgerUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

MOST = 15
"""Connections that SQLAlchemy opens to one database by default."""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_who_finds_no_connection_is_told_to_come_again(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """It is as if the ledger were locked, not an error of ours; afterwards it works again."""
    url = f"sqlite:///{tmp_path}/crm.db"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url")
    with Ledger(url, busy_timeout_seconds=0.05) as ledger:
        with ExitStack() as stack:
            for _ in range(MOST):
                stack.enter_context(ledger.store.read())
            with pytest.raises(LedgerUnavailableError, match="all its connections are in use"):
                ledger.status()

        assert ledger.status().empty
