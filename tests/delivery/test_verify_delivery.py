"""The proof that users run: on their store, beside their data, and honest about what it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from crmlib.delivery import Ledger, verify_delivery
from crmlib.exceptions import (
    InvalidParameterError,
    LedgerUnavailableError,
    UnsupportedFeatureError,
)

if TYPE_CHECKING:
    from pathlib import Path

RARELY = 150  # at two steps of each setting


def test_the_proof_leaves_a_database_as_it_is(postgres_url: str) -> None:
    """On a server it works in schemas of its own, which are gone afterwards, and counts along."""
    with Ledger(postgres_url) as ledger:
        told: list[tuple[int, int]] = []
        found = verify_delivery(postgres_url, every=RARELY, progress=lambda *now: told.append(now))
        status = ledger.status()
    engine = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'crmlib%'")
        left = connection.execute(query).scalar_one()
    engine.dispose()

    assert found[["doubles", "lost", "failed"]].to_numpy().sum() == 0
    assert (found["killed"] >= found["steps"]).all()
    assert (found["sent"] + found["unknown"] >= found["messages"]).all()
    assert [done for done, _ in told] == list(range(1, found["steps"].sum() + 1))
    assert status.empty
    assert left == 0


def test_what_cannot_be_verified_is_said(tmp_path: Path) -> None:
    """A stride below one, another kind of database, no URL and no server are refused."""
    with pytest.raises(InvalidParameterError, match="every must be 1 or more, got 0"):
        verify_delivery(every=0)
    with pytest.raises(InvalidParameterError, match="url must be like"):
        verify_delivery("crm")
    with pytest.raises(UnsupportedFeatureError, match="mysql"):
        verify_delivery("mysql://localhost/crm")
    with pytest.raises(LedgerUnavailableError, match="no ledger can be made in it") as caught:
        verify_delivery(f"postgresql://crm:secret@/crm?host={tmp_path}")
    assert "secret" not in str(caught.value)
