"""People, and the accounts behind which they were found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pandas as pd

from crmlib.identity._explain import explain
from crmlib.identity._identities_file import read_tables, write_tables
from crmlib.identity._pairs import JOINED
from crmlib.identity._summary import count_overlap, summarize

if TYPE_CHECKING:
    import os

    from crmlib.tables import Orders


@attrs.frozen(kw_only=True, eq=False)
class Identities:
    """Who is who: made by :func:`link_identities`, kept in a file between runs.

    Parameters
    ----------
    people : DataFrame of shape (n_accounts, 3)
        ``sales_channel`` (NaN if unknown), ``customer_id`` and ``person_id``
        of each account, sorted by the first two.  A person is called after
        their first account.
    profiles : DataFrame of shape (n_people, n_columns)
        Canonical profiles; ``customer_id`` is the person id.  Each field
        holds the valid value that was seen last: a name that is not masked,
        an e-mail address and a phone number (E.164) that can be written to
        and that few others use.  ``first_seen_at``, ``last_seen_at`` and
        ``n_accounts`` tell how much there was to go by.
    links : DataFrame of shape (n_links, 5)
        Pairs of accounts that share something: ``left`` and ``right`` (rows of
        *people*), ``key`` (``account id``, ``e-mail``, ``phone``, ``name +
        address``), ``value`` (masked) and ``verdict``: ``joined``, or why not.
    flagged : DataFrame of shape (n_flags, 6)
        What a person should look at: ``person_id`` and ``other_id`` (NaN if
        many are concerned), ``reason``, ``key``, ``value`` (masked) and
        ``cases``, a count.
    merges : DataFrame of shape (n_changes, 6)
        What became of ids, in all runs: ``run``, ``change`` (``merged``,
        ``split``), ``old_id``, ``new_id``, and ``key`` and ``value`` (masked)
        of a link that led to it.
    absent : DataFrame of shape (n_absent, 3)
        Accounts of earlier runs that were not given this time, as in *people*.
        They get their ids back when they come again.
    unused : DataFrame of shape (n_reasons, 3)
        Cells that tell nothing: ``field``, ``reason``, ``contacts`` (a count).
    run : int
        1 for a first run, one more with each ``previous``.
    """

    people: pd.DataFrame = attrs.field(repr=False)
    profiles: pd.DataFrame = attrs.field(repr=False)
    links: pd.DataFrame = attrs.field(repr=False)
    flagged: pd.DataFrame = attrs.field(repr=False)
    merges: pd.DataFrame = attrs.field(repr=False)
    absent: pd.DataFrame = attrs.field(repr=False)
    unused: pd.DataFrame = attrs.field(repr=False)
    run: int

    def overlap(self) -> pd.DataFrame:
        """Count the people of each two sales channels.

        Returns
        -------
        DataFrame of shape (n_channels, n_channels)
            Symmetric; the diagonal counts the people of each channel.

        Examples
        --------
        >>> from crmlib.identity import link_identities
        >>> accounts = pd.DataFrame({"customer_id": ["1", "2", "3"],
        ...     "sales_channel": ["a", "b", "b"], "phone": ["+82 10-0123-4567"] * 2 + [None]})
        >>> link_identities(accounts).overlap()
           a  b
        a  1  1
        b  1  2
        """
        return count_overlap(self.people)

    def summary(self) -> str:
        """Give the counts as text for one screen.

        Examples
        --------
        >>> from crmlib.identity import link_identities
        >>> accounts = pd.DataFrame({"customer_id": ["1", "2"], "sales_channel": ["a", "b"],
        ...                          "phone": ["+82 10-0123-4567", "+82 1001234567"]})
        >>> print(link_identities(accounts).summary())
        1 person behind 2 accounts.
        <BLANKLINE>
        sales channel             accounts    people also on a also on b
        a                                1         1         -         1
        b                                1         1         1         -
        <BLANKLINE>
        Pairs joined by: phone 1.
        """
        return summarize(self)

    def explain(self, who: str | tuple[str | None, str]) -> str:
        """Say in words which accounts a person has, what joined them, and what did not.

        Parameters
        ----------
        who : str or tuple of (sales_channel, customer_id)
            A person id, or an account (its sales channel None if unknown).

        Returns
        -------
        str
            Phone numbers and e-mail addresses in it are masked.

        Raises
        ------
        UnknownNameError
            If there is no such person or account.

        Examples
        --------
        >>> from crmlib.identity import link_identities
        >>> accounts = pd.DataFrame({"customer_id": ["1", "2"], "sales_channel": ["a", "b"],
        ...                          "phone": ["+82 10-0123-4567", "+82 1001234567"]})
        >>> print(link_identities(accounts).explain(("b", "2")))
        1 has 2 accounts:
          1 on a
          2 on b
        joined by:
          phone +8210-****-4567: 1 on a, 2 on b
        """
        return explain(self, who)

    def apply(self, orders: Orders) -> Orders:
        """Give *orders* with the person id in place of each ``customer_id``.

        Lines, contacts and rows set aside of accounts that are not known here
        keep their id.  A row set aside tells no sales channel: it gets a
        person id only where that of its ``customer_id`` is one and the same
        on all channels.

        Examples
        --------
        ``summarize_customers(identities.apply(orders).table, …)``
        """
        by_customer = self.people.drop_duplicates(["customer_id", "person_id"])
        by_customer = by_customer[~by_customer["customer_id"].duplicated(keep=False)]
        persons = dict(zip(by_customer["customer_id"], by_customer["person_id"], strict=True))
        aside = orders.set_aside
        ids = aside["customer_id"].map(lambda name: persons.get(name, name))
        return attrs.evolve(
            orders,
            table=self._replace_ids(orders.table),
            contacts=self._replace_ids(orders.contacts),
            set_aside=aside.assign(customer_id=ids.astype("str")),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything to *path*: whole and on the disk, or not at all.

        The file is text (JSON), holds personal data, and can be read by its
        owner only.

        Raises
        ------
        OSError
            If the folder is missing or the disk is full.
        """
        write_tables(Path(path), attrs.asdict(self, recurse=False))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Identities:
        """Read what :meth:`save` wrote, each byte of it checked.

        Raises
        ------
        UnreadableFileError
            If there is no such file, or it is not what was saved.
        """
        return cls(**read_tables(Path(path)))

    def joined(self) -> pd.DataFrame:
        """Give the links that joined accounts, as in :attr:`links`."""
        return self.links[self.links["verdict"] == JOINED]

    def _replace_ids(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give *frame* with person ids for the accounts that are known."""
        if "sales_channel" in frame:
            keys = frame[["sales_channel", "customer_id"]]
        else:
            keys = frame[["customer_id"]].assign(sales_channel=pd.Series(dtype="str"))
        keys = keys.astype("str").reset_index(drop=True)
        ids = keys.merge(self.people, "left", on=["sales_channel", "customer_id"])["person_id"]
        return frame.assign(customer_id=ids.fillna(keys["customer_id"]).array)
