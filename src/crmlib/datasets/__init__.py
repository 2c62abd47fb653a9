"""Synthetic data with a planted truth: nobody in it exists.

:func:`make_shop` makes a whole apparel shop; :func:`make_profiles` and
:func:`make_consents` dress the customers of a real order file for a
demonstration.  All are pure functions of their arguments: one seed, one shop.
"""

from crmlib.datasets._catalogue import COMPLEMENTS, PRODUCTS
from crmlib.datasets._consents import make_consents
from crmlib.datasets._make_shop import make_shop
from crmlib.datasets._profiles import make_profiles
from crmlib.datasets._shop import Shop

__all__ = ["COMPLEMENTS", "PRODUCTS", "Shop", "make_consents", "make_profiles", "make_shop"]
