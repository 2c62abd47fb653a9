"""What the tests of delivery share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmlib.delivery import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from postgres_server import PostgresServer


@pytest.fixture(autouse=True)
def _state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what this machine remembers of servers among the files of the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect the seconds that the limiter would have waited."""
    seconds: list[float] = []
    monkeypatch.setattr("crmlib.delivery._limiter.sleep", seconds.append)
    return seconds


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Say where a new ledger in a file can lie."""
    return f"sqlite:///{tmp_path}/crm.db"


@pytest.fixture
def postgres_url(server: PostgresServer) -> str:
    """Say where a new ledger on a server can lie."""
    return server.url(server.make_database())


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """Say where a new ledger can lie, in a file and on a server."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """Make a ledger."""
    with Ledger(url, busy_timeout_seconds=0.05) as made:
        yield made


@pytest.fixture
def sqlite_ledger(sqlite_url: str) -> Iterator[Ledger]:
    """Make a ledger in a file."""
    with Ledger(sqlite_url, busy_timeout_seconds=0.05) as made:
        yield made
