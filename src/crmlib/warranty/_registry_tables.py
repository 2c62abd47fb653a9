"""What a registry tells, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.warranty import _canonical
from crmlib.warranty._event_log import check_log

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.warranty._event_log import LogCheck
    from crmlib.warranty._store import RegistryStore


class RegistryTables:
    """The part of a registry that is only read."""

    _store: RegistryStore

    def profiles(self) -> pd.DataFrame:
        """Give a canonical profile for each owner."""
        with self._store.read() as connection:
            return _canonical.read_profiles(connection)

    def contacts(self) -> pd.DataFrame:
        """Give owners as :func:`crmlib.link_identities` takes them, of the channel "warranty"."""
        with self._store.read() as connection:
            return _canonical.read_contacts(connection)

    def consents(self) -> pd.DataFrame:
        """Give the canonical table of what owners answered, with the wording they saw."""
        with self._store.read() as connection:
            return _canonical.read_consents(connection)

    def events(self) -> pd.DataFrame:
        """Give ``warranty_registered`` and ``warranty_transferred`` as canonical events.

        ``sales_channel`` and ``order_id`` say where the piece was sold.
        """
        with self._store.read() as connection:
            return _canonical.read_events(connection)

    def sales(self) -> pd.DataFrame:
        """Give each certificate with the order that it was issued for, to find it again."""
        with self._store.read() as connection:
            return _canonical.read_sales(connection)

    def history(self, warranty_id: str | None = None) -> pd.DataFrame:
        """Give the log, of one certificate (its services, too) or of all."""
        with self._store.read() as connection:
            return _canonical.read_history(connection, warranty_id)

    def verify_log(self, known_head: str | None = None) -> LogCheck:
        """Hash the whole log again, and see that it goes on from a *known_head*."""
        with self._store.read() as connection:
            return check_log(connection, known_head)
