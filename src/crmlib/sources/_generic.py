"""Order files of any shop, by a mapping or by the names that headers usually have."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from crmlib.sources._generic_headers import match_columns
from crmlib.sources._order_mapping import OrderMapping
from crmlib.sources._order_source import OrderSource
from crmlib.tables import unescape_texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any


class GenericSource(OrderSource):
    """Files of no known source.

    Parameters
    ----------
    mapping : OrderMapping, optional
        What the headers mean; those that it does not name are found by the
        names that they usually have.
    """

    name = "generic"
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]] = MappingProxyType({})

    def __init__(self, mapping: OrderMapping | None = None) -> None:
        self.mapping = mapping or OrderMapping(columns={})
        self.sales_channel = self.mapping.sales_channel
        self.timezone = self.mapping.timezone
        self.currency = self.mapping.currency
        self.region = self.mapping.region
        self.date_order = self.mapping.date_order
        self.decimal = self.mapping.decimal

    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Give the columns that are known under canonical names."""
        table = tables["orders"]
        headers = [str(header) for header in table.columns]
        unused = set(self.mapping.unused).difference(self.mapping.columns.values())
        used = [header for header in headers if header not in unused]
        places = match_columns(used, self.mapping.columns)
        return pd.DataFrame(
            {name: as_written(table[header]) for name, header in places.items()},
            index=table.index,
        )

    def recognise(self, headers: Sequence[str]) -> str | None:  # noqa: ARG002 -- takes any
        """Take no file by itself: what no other source knows comes here."""
        return None


def as_written(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Give texts without what :func:`crmlib.tables.write_csv` put in front of them."""
    return unescape_texts(cells) if isinstance(cells.dtype, pd.StringDtype) else cells
