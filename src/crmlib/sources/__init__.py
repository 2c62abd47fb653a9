"""Order files and dataframes of any kind, in."""

from crmlib.sources._read_orders import read_orders

__all__ = ["read_orders"]
