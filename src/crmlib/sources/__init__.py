"""Order files and dataframes of any kind, in."""

from crmlib.sources._cafe24 import Cafe24Source
from crmlib.sources._coupang import CoupangSource
from crmlib.sources._generic import GenericSource
from crmlib.sources._online_retail import OnlineRetailSource
from crmlib.sources._order_mapping import OrderMapping
from crmlib.sources._order_source import OrderSource
from crmlib.sources._read_orders import read_orders
from crmlib.sources._registry import list_sources, load_source
from crmlib.sources._smartstore import SmartStoreSource

__all__ = [
    "Cafe24Source",
    "CoupangSource",
    "GenericSource",
    "OnlineRetailSource",
    "OrderMapping",
    "OrderSource",
    "SmartStoreSource",
    "list_sources",
    "load_source",
    "read_orders",
]
