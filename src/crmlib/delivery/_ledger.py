"""The ledger: what was planned, claimed and sent, once and for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pandas as pd

from crmlib.delivery._adoption import adopt
from crmlib.delivery._audit_log import find_operator
from crmlib.delivery._clock import utc_now
from crmlib.delivery._consent_record import record_consents
from crmlib.delivery._open_store import open_store
from crmlib.delivery._reading import find_campaign, read_deliveries, read_events, read_status
from crmlib.delivery._resolution import resolve
from crmlib.delivery._suppression_list import find_suppressed, suppress
from crmlib.tables import check_aware

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime


class Ledger:
    """The books of delivery: what was planned, claimed, sent, and what became of it.

    A ledger is an SQLite file, or a PostgreSQL database that senders on many
    machines share, made at the first use.  Every claim is on the disk before
    anything is sent, so a crash, a power cut or a second sender never makes a
    message leave twice.  It holds no addresses and no texts:
    an endpoint is a hash keyed with a salt of this ledger, a message is a
    hash.  Customer ids are stored as they are; do not use addresses as ids.

    Beside the file ``crm.db`` lies ``crm.db.lineage``, which says how many
    claims were made.  It is what tells a ledger that was copied, or restored
    from a backup, which does not know what its original has sent: it is
    refused until it is adopted.  Move the two together, and leave the small
    one out of backups.  What cannot be told is a snapshot of the machine, or
    both files written back together: then call :meth:`adopt` yourself.

    A ledger on a server knows cluster, database and timeline that it was made
    on: a clone, a dump read back, a backup brought up and a standby that took
    over are refused until adopted.  Besides, each machine remembers in
    ``~/.local/state/crmlib`` how many claims it has seen.

    Parameters
    ----------
    url : str
        ``"sqlite:///crm.db"``, the path relative to the working directory;
        ``"sqlite:////var/lib/crm.db"`` for one from the root;
        ``"postgresql://user@host/database"`` for a server, with the extra
        ``crmlib[postgres]``; the password best from ``~/.pgpass``.
    busy_timeout_seconds : float, default=5.0
        How long to wait for another program that writes, or for a server that
        is being restarted, 0 or more.
    operator : str, optional
        Who works with it, for :func:`crmlib.delivery.list_actions`; by default
        ``CRMLIB_OPERATOR`` of the environment, else the user of the system.

    Attributes
    ----------
    store : Store
        The open database; for the functions of :mod:`crmlib.delivery`.

    Raises
    ------
    LedgerLineageError
        If it is a copy or was restored.
    LedgerUnavailableError
        If it is locked, full, or may not be written.
    UnreadableFileError
        If the file is no ledger.
    UnsupportedFeatureError
        If *url* names a database in memory, of another kind, or on a server
        that does not sync.
    MissingExtraError
        If it names a server and ``crmlib[postgres]`` is not installed.
    InvalidParameterError
        If *url* is no URL or the timeout is negative.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, Ledger(f"sqlite:///{folder}/crm.db") as ledger:
    ...     print(sorted(path.name for path in Path(folder).glob("crm.db*"))[:2])
    ...     print(len(ledger.status()))
    ['crm.db', 'crm.db-shm']
    0
    """

    def __init__(
        self, url: str, *, busy_timeout_seconds: float = 5.0, operator: str | None = None
    ) -> None:
        name = find_operator(operator)
        self.store = open_store(url, busy_timeout_seconds)
        self.store.operator = name

    @classmethod
    def adopt(
        cls,
        url: str,
        clock: Callable[[], datetime] = utc_now,
        *,
        busy_timeout_seconds: float = 5.0,
        operator: str | None = None,
    ) -> Self:
        """Make a copied or restored ledger usable, and open it.

        Call it only if the original will never send again.  What the original
        may have sent, all that was in hand or due before now, becomes
        ``unknown``; what is due later stays planned.  What the original enrolled,
        or planned anew for an earlier moment, after the copy was made is not known here.

        Raises
        ------
        LedgerUnavailableError
            If there is no such file, or it cannot be written.
        """
        now = check_aware("what the clock gives", clock())
        name = find_operator(operator)
        store = open_store(url, busy_timeout_seconds, is_foreign=True)
        store.operator = name
        try:
            adopt(store, now)
        finally:
            store.close()
        return cls(url, busy_timeout_seconds=busy_timeout_seconds, operator=name)

    def suppress(self, field: str, address: str, *, at: datetime, source: str) -> None:
        """Never send to *address* again, whatever the campaign; kept as a hash.

        It holds from the next claim on.  Doing it again changes nothing.

        Parameters
        ----------
        field : str
            The kind of address: ``"email"``, ``"phone"``.
        address : str
            In any spelling.
        at : datetime
            When it was asked for, aware.
        source : str
            How it became known: ``"opt-out page"``, ``"hard bounce"``, …; it stands
            in the log, so it must not hold the address.

        Raises
        ------
        UnknownNameError, InvalidAddressError
            If there is no such field, or *address* is no address.
        InvalidParameterError
            If *at* does not say in which zone it is.
        """
        suppress(self.store, field, address, check_aware("at", at), source)

    def suppressed(
        self, field: str, addresses: Iterable[object], *, at: datetime | None = None
    ) -> set[str]:
        """Give those of *addresses*, normalised, that are suppressed; what is no address is not.

        Parameters
        ----------
        field : str
            The kind of address: ``"email"``, ``"phone"``.
        addresses : iterable
            In any spelling, a column of the profiles for instance.
        at : datetime, optional
            When it counts, aware; now by default.  Addresses that bounce for
            a reason that may pass are suppressed for a time.

        Raises
        ------
        UnknownNameError
            If there is no such field.
        InvalidParameterError
            If *at* does not say in which zone it is.
        """
        moment = utc_now() if at is None else check_aware("at", at)
        return find_suppressed(self.store, field, addresses, moment)

    def record_consents(self, consents: pd.DataFrame) -> int:
        """Take in consents and withdrawals, to be asked at each claim from now on.

        The last word up to the claim counts, and of two at one instant the
        withdrawal; one that a clock dated up to a day ahead counts at once.  A
        withdrawal recorded here holds until a later consent is recorded here
        too; so give the whole table each time: what is known is not stored twice.

        Parameters
        ----------
        consents : DataFrame of shape (n_events, n_columns)
            The canonical table: ``customer_id``, ``channel`` (a medium or
            ``"*"``), ``purpose``, ``granted``, ``at`` (aware) and, if there
            is one, ``topic``, as :func:`crmlib.tables.check_consents` reads it.

        Returns
        -------
        int
            How many events were new.

        Raises
        ------
        MissingColumnsError, InvalidTableError
            If it is no such table.
        """
        return record_consents(self.store, consents)

    def resolve(
        self, campaign: str, message_key: str, outcome: str, *, at: datetime, note: str
    ) -> None:
        """Say what became of a message that is ``unknown``, for whoever has found out.

        It is the only way by which such a message may be sent after all, so
        look first: at the log of the provider, at a delivery report.  The
        change and the note are kept in :meth:`events`.

        Parameters
        ----------
        campaign, message_key : str
            Which message; :meth:`deliveries` lists them.
        outcome : {"accepted", "rejected", "retry"}
            ``"accepted"``: it was taken.  ``"rejected"``: it was not, and is
            not to be sent.  ``"retry"``: it was not taken; it waits again and
            goes when its plan is delivered the next time.
        at : datetime
            When it became known, aware.
        note : str
            How it is known.  It is kept as it is: write no addresses.

        Raises
        ------
        UnknownNameError
            If there is no such campaign.
        InvalidParameterError
            If there is no such message, if it is in another state, which is
            named, or if it is to be sent again and its last moment is over.
        """
        campaign_id = find_campaign(self.store, campaign)
        at = check_aware("at", at)
        resolve(self.store, campaign_id, message_key, outcome, at=at, note=note)

    def status(self, campaign: str | None = None) -> pd.DataFrame:
        """Count the messages of each campaign by state.

        Each address is one message of its campaign, entered once, however
        many plans hold it; the states sum to ``messages``.  Rows that the
        first call of :func:`deliver` was cut off before entering are not
        counted here: deliver again, and its summary accounts for every row
        of the plan.

        Parameters
        ----------
        campaign : str, optional
            Only this one.

        Returns
        -------
        DataFrame of shape (n_campaigns, 10)
            ``campaign``, ``messages``, then a column for each
            :class:`DeliveryState`; one row for each campaign that has messages.

        Raises
        ------
        UnknownNameError
            If there is no such campaign.
        """
        if campaign is not None:
            find_campaign(self.store, campaign)
        return read_status(self.store, campaign)

    def deliveries(self, campaign: str) -> pd.DataFrame:
        """List the messages of *campaign*, as they stand.

        Returns
        -------
        DataFrame of shape (n_messages, 12)
            ``message_key``, ``customer_id``, ``channel``, ``medium``,
            ``state``, ``attempts``, ``due_at``, ``not_after``,
            ``claimed_at``, ``finished_at``, ``provider_id``, ``detail``, in
            the order of enrolment.

        Raises
        ------
        UnknownNameError
            If there is no such campaign.
        """
        pages = read_deliveries(self.store, find_campaign(self.store, campaign))
        return pd.concat(pages, ignore_index=True)

    def events(self, campaign: str) -> pd.DataFrame:
        """List every change of state of the messages of *campaign*.

        Returns
        -------
        DataFrame of shape (n_events, 5)
            ``message_key``, ``at``, ``state`` (the new one), ``attempt``,
            ``detail``, in the order in which they were committed.

        Raises
        ------
        UnknownNameError
            If there is no such campaign.
        """
        pages = read_events(self.store, find_campaign(self.store, campaign))
        return pd.concat(pages, ignore_index=True)

    def close(self) -> None:
        """Close the database.  Harmless when called again."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
