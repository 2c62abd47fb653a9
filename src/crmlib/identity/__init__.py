"""Who is who: accounts of one person found across sales channels.

:func:`link_identities` joins accounts by what their owners share (login,
mailbox, phone number, name and home) unless something contradicts it;
:class:`Identities` holds the people, their canonical profiles, and every
decision with its reason.
"""

from crmlib.identity._identities import Identities
from crmlib.identity._link_identities import link_identities

__all__ = ["Identities", "link_identities"]
