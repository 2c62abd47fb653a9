"""One shop for all tests that only read it."""

from __future__ import annotations

import pytest

from crmlib.datasets import Shop, make_shop
from crmlib.tables import Orders, make_transactions


@pytest.fixture(scope="session")
def shop() -> Shop:
    """Give the default shop."""
    return make_shop()


@pytest.fixture(scope="session")
def orders(shop: Shop) -> Orders:
    """Give the lines of the default shop, read as a user reads them."""
    return make_transactions(shop.orders, timezone=shop.timezone)
