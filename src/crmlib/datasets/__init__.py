"""Synthetic data with a planted truth: nobody in it exists.

:func:`make_shop` makes a whole apparel shop; :func:`make_profiles` and
:func:`make_consents` dress the customers of a real order file for a
demonstration.  :func:`make_order_file` writes an order file as a source does,
:func:`make_order_folder` those of one shop on several channels.
:func:`make_accounts` makes people with several accounts each, and says who is
who.  All are pure functions of their arguments: one seed, one shop.
"""

from crmlib.datasets._accounts import Accounts
from crmlib.datasets._catalogue import COMPLEMENTS, PRODUCTS
from crmlib.datasets._consents import make_consents
from crmlib.datasets._make_accounts import make_accounts
from crmlib.datasets._make_shop import make_shop
from crmlib.datasets._profiles import make_profiles
from crmlib.datasets._shop import Shop
from crmlib.datasets.order_files import (
    OrderFile,
    list_order_files,
    make_order_file,
    make_order_folder,
)

__all__ = [
    "COMPLEMENTS",
    "PRODUCTS",
    "Accounts",
    "OrderFile",
    "Shop",
    "list_order_files",
    "make_accounts",
    "make_consents",
    "make_order_file",
    "make_order_folder",
    "make_profiles",
    "make_shop",
]
