"""What the tests of warranties share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from warranty_facts import AT, KEYS, make_piece

from crmlib.warranty import WarrantyRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Say where a new registry can lie, in a file and on a server."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/warranty.db"
    server = request.getfixturevalue("server")
    database = server.make_database()
    server.execute(f"ALTER DATABASE {database} SET default_transaction_isolation = 'serializable'")
    return server.url(database)


@pytest.fixture
def open_registry(url: str) -> Callable[[], WarrantyRegistry]:
    """Give what opens the registry, as another program would."""
    return lambda: WarrantyRegistry(
        url, keys=KEYS, domain="https://id.example.com", busy_timeout_seconds=20
    )


@pytest.fixture
def registry(open_registry: Callable[[], WarrantyRegistry]) -> Iterator[WarrantyRegistry]:
    """Make a registry."""
    with open_registry() as made:
        yield made


@pytest.fixture
def token(registry: WarrantyRegistry) -> str:
    """Give the token of a piece that nobody has registered."""
    return registry.link(registry.issue(make_piece(), at=AT).warranty_id).token
