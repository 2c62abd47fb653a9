"""What the tests of the pages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from web_shop import Shop, open_shop

from crmlib.delivery import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what this machine remembers of servers among the files of the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Make a ledger in a file."""
    with Ledger(f"sqlite:///{tmp_path}/crm.db", busy_timeout_seconds=5) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
def any_ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """Make a ledger in a file, and one on a server."""
    url = f"sqlite:///{tmp_path}/crm.db"
    if request.param == "postgres":
        server = request.getfixturevalue("server")
        url = server.url(server.make_database())
    with Ledger(url, busy_timeout_seconds=5) as made:
        yield made


@pytest.fixture
def shop(ledger: Ledger) -> Shop:
    """Open a shop on a ledger in a file."""
    return open_shop(ledger)


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Open a shop whose pages are only looked at."""
    folder = tmp_path_factory.mktemp("shown")
    with Ledger(f"sqlite:///{folder}/crm.db") as made:
        yield open_shop(made, rates=dict.fromkeys(["refused", "form"], "1000/minute"))


@pytest.fixture
def any_shop(any_ledger: Ledger) -> Shop:
    """Open a shop on either ledger."""
    return open_shop(any_ledger)
