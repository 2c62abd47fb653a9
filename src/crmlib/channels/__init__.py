"""How messages leave: the channels that come with crmlib, and those of other packages.

A channel is found through the entry-point group ``crmlib.channels``, under
the name that users type.  Listing imports no channel; a channel is loaded when
it is asked for, so a broken one hurts nobody else.  crmlib's own channels
are registered in the same way as yours.

Examples
--------
>>> from crmlib.channels import list_channels, load_channel
>>> {"file", "smtp", "webhook"} <= {channel.name for channel in list_channels()}
True
>>> load_channel("smtp").capabilities.medium
'email'
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
