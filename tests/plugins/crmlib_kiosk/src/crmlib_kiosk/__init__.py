"""A source of crmlib that another package brings: the till rolls of a kiosk."""

from crmlib_kiosk._kiosk_source import KioskSource

__all__ = ["KioskSource"]
