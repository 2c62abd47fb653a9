"""A channel of crmlib that another package brings: messages spooled for a fax machine."""

from crmlib_fax._fax_channel import FaxChannel

__all__ = ["FaxChannel"]
