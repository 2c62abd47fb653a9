"""What becomes of the rows of an order file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidTableError
from crmlib.tables._contacts import join_contacts
from crmlib.tables._currencies import list_currencies
from crmlib.tables._money import MINOR_UNITS, sum_money
from crmlib.tables._order_key import order_key
from crmlib.tables._safe_csv import write_csv
from crmlib.tables._set_aside_reason import SetAsideReason

if TYPE_CHECKING:
    import os

    import numpy.typing as npt

_TINY = 0.5 / MINOR_UNITS
"""Differences below this are no money."""


@attrs.frozen(kw_only=True, eq=False)
class Orders:
    """Order lines that can be used, and those that cannot, each with its reason.

    Rows in are rows used plus rows set aside; this is asserted.

    Parameters
    ----------
    table : DataFrame of shape (n_used, n_columns)
        Canonical transactions, one row per order line, in the order of the file.
    places : DataFrame of shape (n_used, 4)
        ``source`` and ``row`` of each line of *table*: where it comes from;
        ``netted``, what was paid back and is not in its amount any more, and
        ``shipping_fee``, which never was.
    set_aside : DataFrame of shape (n_set_aside, 7)
        ``source``, ``row`` (1 is the first row below the header), ``reason``
        (a :class:`SetAsideReason`), ``detail``, ``amount`` (NaN if it could
        not be read), ``customer_id`` (NaN if there is none) and
        ``shipping_fee``.
    contacts : DataFrame of shape (n_contacts, 12)
        Each set of contact data under which a customer ordered:
        ``customer_id``, ``sales_channel``, ``account_id``, ``name``,
        ``email``, ``phone`` (E.164 where it could be read), ``postal_code``,
        ``address``, ``gender``, ``birth_date``, ``first_seen_at`` and
        ``last_seen_at``; NaN where the file says nothing.
    rows_in : int
        Rows that came.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.tables import make_transactions
    >>> lines = pd.DataFrame({
    ...     "customer_id": ["C1", ""], "order_id": ["1", "2"],
    ...     "ordered_at": ["2024-03-01", "2024-03-02"], "amount": ["10", "5.50"],
    ... })
    >>> make_transactions(lines).report()
                      rows  amount  customers
    used                 1    10.0          1
    unknown customer     1     5.5          0
    """

    table: pd.DataFrame = attrs.field(repr=False)
    places: pd.DataFrame = attrs.field(repr=False)
    set_aside: pd.DataFrame = attrs.field(repr=False)
    contacts: pd.DataFrame = attrs.field(repr=False)
    rows_in: int

    def __attrs_post_init__(self) -> None:
        assert self.rows_in == len(self.table) + len(self.set_aside), "rows in = used + set aside"
        assert len(self.places) == len(self.table), "each line comes from one place"

    @classmethod
    def join(cls, *parts: Orders) -> Orders:
        """Put the orders of several files together, in the order given.

        An order id counts within its customer and ``sales_channel``.  Where
        files overlap, as exports of this and last month do, a ``line_id`` that
        an earlier file has in the same order is set aside as a duplicate line;
        lines without an id are all kept.  So files of shops that number their
        orders alike must tell them apart: give each its ``sales_channel``.

        Raises
        ------
        InvalidTableError
            If the parts are in different currencies.

        Examples
        --------
        ``Orders.join(read_orders("shop.csv"), read_orders("market.csv"))``
        """
        currencies = sorted({name for part in parts for name in list_currencies(part.table)})
        if len(currencies) > 1:
            raise InvalidTableError(
                "orders",
                f"in {currencies} cannot be joined",
                "bring the amounts to one currency first, or keep the files apart",
            )
        table = pd.concat([part.table for part in parts], ignore_index=True)
        places = pd.concat([part.places for part in parts], ignore_index=True)
        again = _find_repeats(table, np.repeat(range(len(parts)), [len(p.table) for p in parts]))
        repeats = (
            places[again]
            .assign(
                reason=str(SetAsideReason.DUPLICATE_LINE),
                detail="an earlier file has the same line_id in the same order",
                amount=table.loc[again, "amount"] + places.loc[again, "netted"],
                customer_id=table.loc[again, "customer_id"],
            )
            .drop(columns="netted")
        )
        return cls(
            table=table[~again].reset_index(drop=True),
            places=places[~again].reset_index(drop=True),
            set_aside=pd.concat([*(part.set_aside for part in parts), repeats], ignore_index=True),
            contacts=join_contacts([part.contacts for part in parts]),
            rows_in=sum(part.rows_in for part in parts),
        )

    def report(self) -> pd.DataFrame:
        """Count rows, money and customers, used and set aside.

        Returns
        -------
        DataFrame of shape (n_parts, 3), indexed by "used", the reasons that occur, \
"netted off" and "shipping fees"
            ``rows``; ``amount``, the net sum (amounts that could not be read
            add nothing); ``customers``: those with a row used, and below it
            those left without one, each at the reason of their first row.
            Every column adds up to what came in.  Money that was paid back
            and fees stand on rows that are counted above; both parts are left
            out where they are nothing.
        """
        lost = self.set_aside.dropna(subset=["customer_id"])
        lost = lost[~lost["customer_id"].isin(self.table["customer_id"].unique())]
        lost = lost.drop_duplicates("customer_id")
        rows = [(len(self.table), self.table, self.table["customer_id"].nunique())]
        names = ["used"]
        for reason in SetAsideReason:
            part = self.set_aside[self.set_aside["reason"] == reason]
            if len(part):
                names.append(str(reason))
                rows.append((len(part), part, int((lost["reason"] == reason).sum())))
        report = pd.DataFrame(
            [(n, sum_money(part["amount"].to_numpy()), customers) for n, part, customers in rows],
            index=names,
            columns=["rows", "amount", "customers"],
        )
        fees = pd.concat([self.places["shipping_fee"], self.set_aside["shipping_fee"]])
        for name, money in (("netted off", self.places["netted"]), ("shipping fees", fees)):
            if total := sum_money(money.to_numpy()):
                report.loc[name] = (0, total, 0)
        return report.astype({"rows": "int64", "customers": "int64"})

    def report_by_file(self) -> pd.DataFrame:
        """Count rows and money of each file.

        Returns
        -------
        DataFrame of shape (n_files, 5), indexed by source, in the order of their first row
            ``rows``, of which ``used`` and ``set_aside``; ``amount_used``
            and ``amount_set_aside``, net sums.
        """
        used = self.places[["source"]].assign(amount=self.table["amount"])
        files = pd.concat([used["source"], self.set_aside["source"]]).unique()
        kept, lost = (part.groupby("source")["amount"] for part in (used, self.set_aside))
        table = pd.DataFrame(
            {
                "used": kept.size(),
                "set_aside": lost.size(),
                "amount_used": kept.agg(lambda money: sum_money(money.to_numpy())),
                "amount_set_aside": lost.agg(lambda money: sum_money(money.to_numpy())),
            },
            index=pd.Index(files, name="source"),
        ).fillna(0)
        table.insert(0, "rows", table["used"] + table["set_aside"])
        return table.astype({"rows": "int64", "used": "int64", "set_aside": "int64"})

    def save_set_aside(self, path: str | os.PathLike[str]) -> None:
        """Write the rows set aside as a CSV that a spreadsheet opens without running it.

        :func:`crmlib.tables.read_csv` gives every cell back as it was.
        """
        write_csv(self.set_aside, path)

    def summary(self) -> str:
        """Give the report as text for one screen, with its totals.

        Amounts have two decimals, or four where two would not show them.
        """
        report = self.report()
        report.loc["in"] = report.sum()
        decimals = 2 if np.allclose(report["amount"], report["amount"].round(2), 0, _TINY) else 4
        lines = [f"{'':<20}{'rows':>12}{'amount':>20}{'customers':>12}"]
        lines += [
            f"{name:<20}{rows:>12,.0f}{amount:>20,.{decimals}f}{customers:>12,.0f}"
            for name, rows, amount, customers in report.itertuples()
        ]
        unread = int(self.set_aside["amount"].isna().sum())
        if unread:
            lines.append(f"Not in the amounts: {unread:,} rows whose amount cannot be read.")
        return "\n".join(lines)


def _find_repeats(table: pd.DataFrame, parts: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Tell which lines of *table* are in an earlier one of its *parts*, too."""
    again = np.zeros(len(table), dtype=bool)
    if "line_id" not in table:
        return again
    known = table["line_id"].notna().to_numpy()
    lines = table.loc[known, [*order_key(table.columns), "line_id"]].assign(part=parts[known])
    first = lines.groupby(list(lines.columns[:-1]), dropna=False)["part"].transform("min")
    again[known] = lines["part"] > first
    return again
