"""Makers of order files, one per source with its quirks."""

from crmlib.datasets.order_files._make_order_file import make_order_file
from crmlib.datasets.order_files._make_order_folder import make_order_folder
from crmlib.datasets.order_files._makers import list_order_files
from crmlib.datasets.order_files._order_file import OrderFile

__all__ = ["OrderFile", "list_order_files", "make_order_file", "make_order_folder"]
