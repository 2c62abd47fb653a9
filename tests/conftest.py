"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from postgres_server import NoPostgresError, PostgresServer

settings.register_profile("crmlib", parent=settings.default, deadline=None)  # no clock decides
settings.load_profile("crmlib")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the real data; the test is skipped where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data of ../shared/data is not on this machine")
    return SHARED_DATA


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """Start a PostgreSQL server for all tests that work on one."""
    yield from _serve()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """Start a server that the test may stop, restore and break."""
    yield from _serve()


def _serve() -> Iterator[PostgresServer]:
    """Start a server; where there is none, its tests say why they are skipped."""
    try:
        started = PostgresServer()
    except NoPostgresError as error:
        pytest.skip(f"NOT TESTED ON POSTGRESQL: {error}")
    yield started
    started.close()
