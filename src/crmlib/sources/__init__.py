"""Order files and dataframes of any kind, in."""

from crmlib.sources._generic import GenericSource
from crmlib.sources._online_retail import OnlineRetailSource
from crmlib.sources._order_mapping import OrderMapping
from crmlib.sources._order_source import OrderSource
from crmlib.sources._read_orders import read_orders
from crmlib.sources._registry import list_sources, load_source

__all__ = [
    "GenericSource",
    "OnlineRetailSource",
    "OrderMapping",
    "OrderSource",
    "list_sources",
    "load_source",
    "read_orders",
]
