"""Find the messages that reports are about."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crmlib.addresses import normalize_address
from crmlib.delivery._schema import CAMPAIGNS, DELIVERIES
from crmlib.exceptions import InvalidAddressError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

    from crmlib.channels import DeliveryReport
    from crmlib.delivery._store import Store

_c = DELIVERIES.c


class ReportMatching:
    """The messages that some reports are about, as far as the ledger knows them.

    A message is found by its key, or by what the provider calls it.  If that
    fits several, it is none of them.

    Parameters
    ----------
    store : Store
        For the hashes of addresses.
    connection : Connection
        Where to look.
    reports : sequence of DeliveryReport
        Which ones.
    """

    def __init__(
        self, store: Store, connection: Connection, reports: Sequence[DeliveryReport]
    ) -> None:
        self._endpoints = [_endpoint(store, report) for report in reports]
        self._by_key: dict[str, list[Any]] = defaultdict(list)
        self._by_provider: dict[str, list[Any]] = defaultdict(list)
        self._read(connection, _c.message_key, {each.message_key for each in reports})
        rest = [
            (report.provider_id, endpoint)
            for report, endpoint in zip(reports, self._endpoints, strict=True)
            if report.provider_id and not self._by_key.get(report.message_key or "")
        ]
        # addresses have an index, what providers call messages has none
        self._read(
            connection,
            _c.provider_id,
            {name for name, endpoint in rest if endpoint},
            _c.endpoint_hash.in_({endpoint for _, endpoint in rest if endpoint}),
        )
        self._read(connection, _c.provider_id, {name for name, endpoint in rest if not endpoint})
        self._reports = reports

    def pairs(self) -> Iterable[tuple[DeliveryReport, Row[Any] | None, bytes | None]]:
        """Give each report, its message, and the endpoint: that which the message was sent to.

        A bounce may name another one, where mail is forwarded.
        """
        for report, endpoint in zip(self._reports, self._endpoints, strict=True):
            message = self._find(report, endpoint)
            yield report, message, endpoint if message is None else bytes(message.endpoint_hash)

    def _find(self, report: DeliveryReport, endpoint: bytes | None) -> Row[Any] | None:
        rows = self._by_key.get(report.message_key or "") or self._by_provider.get(
            report.provider_id or "", []
        )
        if len(rows) > 1:
            rows = [
                row
                for row in rows
                if bytes(row.endpoint_hash) == endpoint
                or (report.provider_id and row.provider_id == report.provider_id)
            ]
        return rows[0] if len(rows) == 1 else None

    def _read(
        self,
        connection: Connection,
        column: ColumnElement[Any],
        wanted: set[str | None] | set[str],
        *conditions: ColumnElement[bool],
    ) -> None:
        names = [name for name in wanted if name]
        if not names:
            return
        if column is _c.message_key:  # the index begins with the campaign
            conditions = (*conditions, _c.campaign_id.in_(select(CAMPAIGNS.c.id)))
        found = self._by_key if column is _c.message_key else self._by_provider
        query = select(_c.id, _c.message_key, _c.provider_id, _c.endpoint_hash)
        for row in connection.execute(query.where(column.in_(names), *conditions)):
            found[row.message_key if found is self._by_key else row.provider_id].append(row)


def _endpoint(store: Store, report: DeliveryReport) -> bytes | None:
    """Hash the address that *report* names; None if it names none, or none that can be."""
    if report.address is None or report.address_field is None:
        return None
    try:
        return store.endpoint_hash(normalize_address(report.address_field, report.address))
    except (InvalidAddressError, UnknownNameError):
        return None
