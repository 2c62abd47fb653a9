"""What the tests of warranties share."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from crmlib.warranty import KeyRing, Piece, Registrant, WarrantyRegistry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

AT = datetime(2026, 11, 28, tzinfo=UTC)
KEYS = KeyRing.generate()
MINA = Registrant(field="email", address="Mina@Example.com", name="김민아", locale="ko")
JUN = Registrant(field="phone", address="+82 10-1234-5678", name="Jun")


def make_piece(serial: str = "S1", **facts: object) -> Piece:
    """Give a piece whose warranty runs for two years from now."""
    dates = {"valid_from": AT, "expires_at": AT + timedelta(days=730)}
    return Piece(**{"gtin": "9506000134352", "serial": serial, **dates, **facts})


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Say where a new registry can lie; the server is named by the environment."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/warranty.db"
    if "CRMLIB_TEST_POSTGRES" not in os.environ:
        pytest.skip("NOT TESTED ON POSTGRESQL: set CRMLIB_TEST_POSTGRES to the URL of a server")
    return os.environ["CRMLIB_TEST_POSTGRES"]


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
