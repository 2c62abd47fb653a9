"""Order files and dataframes of any kind, in."""

from crmlib.sources._amazon import AmazonSource
from crmlib.sources._cafe24 import Cafe24Source
from crmlib.sources._coupang import CoupangSource
from crmlib.sources._generic import GenericSource
from crmlib.sources._list_products import count_shared_products, list_products
from crmlib.sources._name_products import NamedProducts, name_products
from crmlib.sources._online_retail import OnlineRetailSource
from crmlib.sources._order_mapping import OrderMapping
from crmlib.sources._order_scan import OrderScan
from crmlib.sources._order_source import OrderSource
from crmlib.sources._read_orders import read_orders
from crmlib.sources._registry import list_sources, load_source
from crmlib.sources._scan_orders import scan_orders
from crmlib.sources._shopify import ShopifySource
from crmlib.sources._smartstore import SmartStoreSource
from crmlib.sources._square import SquareSource
from crmlib.sources._suggest_mapping import (
    find_known_source,
    read_head,
    read_heads,
    suggest_mapping,
)
from crmlib.sources._woocommerce import WooCommerceSource

__all__ = [
    "AmazonSource",
    "Cafe24Source",
    "CoupangSource",
    "GenericSource",
    "NamedProducts",
    "OnlineRetailSource",
    "OrderMapping",
    "OrderScan",
    "OrderSource",
    "ShopifySource",
    "SmartStoreSource",
    "SquareSource",
    "WooCommerceSource",
    "count_shared_products",
    "find_known_source",
    "list_products",
    "list_sources",
    "load_source",
    "name_products",
    "read_head",
    "read_heads",
    "read_orders",
    "scan_orders",
    "suggest_mapping",
]
