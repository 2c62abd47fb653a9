"""Who writes the files of which source, and where its shops are."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

import attrs

from crmlib.datasets._moments import SHOP_ZONE
from crmlib.datasets.order_files._amazon import write_amazon
from crmlib.datasets.order_files._cafe24 import write_cafe24
from crmlib.datasets.order_files._coupang import write_coupang
from crmlib.datasets.order_files._online_retail import write_online_retail
from crmlib.datasets.order_files._shopify import write_shopify
from crmlib.datasets.order_files._smartstore import write_smartstore
from crmlib.datasets.order_files._square import write_square
from crmlib.datasets.order_files._woocommerce import write_woocommerce
from crmlib.exceptions import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import pandas as pd

    from crmlib.datasets.order_files._request import Request


class Writer(Protocol):
    """Writes what was sold as one source writes it."""

    def __call__(
        self, rng: np.random.Generator, sales: pd.DataFrame, request: Request
    ) -> tuple[tuple[Path, ...], pd.DataFrame]:
        """Give the files that were written, and the truth about their rows."""


@attrs.frozen(kw_only=True)
class Maker:
    """How the file of a source is made.

    Parameters
    ----------
    write : callable
        See :class:`Writer`.
    country, zone, currency : str
        Of the shop and of its customers.
    end_date : str
        Last day with orders.
    options : frozenset of str
        Which of ``password``, ``encoding`` and ``layout`` it knows.
    """

    write: Writer
    country: str = "KR"
    zone: str = SHOP_ZONE
    currency: str = "KRW"
    end_date: str = "2026-06-30"
    options: frozenset[str] = frozenset()


MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        "smartstore": Maker(write=write_smartstore, options=frozenset({"password", "layout"})),
        "coupang": Maker(write=write_coupang),
        "cafe24": Maker(write=write_cafe24, options=frozenset({"encoding"})),
        "shopify": Maker(write=write_shopify),
        "woocommerce": Maker(
            write=write_woocommerce, country="US", zone="America/New_York", currency="USD"
        ),
        "amazon": Maker(write=write_amazon, country="US", zone="UTC", currency="USD"),
        "square": Maker(write=write_square, country="US", zone="America/New_York", currency="USD"),
        "online-retail": Maker(
            write=write_online_retail,
            country="GB",
            zone="Europe/London",
            currency="GBP",
            end_date="2011-12-09",
            options=frozenset({"layout"}),
        ),
    }
)
"""By source."""


def find_maker(source: str) -> Maker:
    """Give the maker of a source.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if source not in MAKERS:
        raise UnknownNameError("order file", source, list(MAKERS))
    return MAKERS[source]


def list_order_files() -> list[str]:
    """List the sources whose order files can be made up.

    Examples
    --------
    >>> list_order_files()[:3]
    ['smartstore', 'coupang', 'cafe24']
    """
    return list(MAKERS)
