"""What all tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("crmlib", parent=settings.default, deadline=None)  # no clock decides
settings.load_profile("crmlib")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the real data; the test is skipped where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data of ../shared/data is not on this machine")
    return SHARED_DATA
