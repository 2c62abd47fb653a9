"""What becomes of the rows of an order file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError, InvalidTableError
from crmlib.tables._cells import number_rows
from crmlib.tables._contacts import join_contacts
from crmlib.tables._currencies import list_currencies
from crmlib.tables._money import MINOR_UNITS, sum_by_group, sum_money, to_minor_units
from crmlib.tables._repeats import find_repeats, find_taken_back
from crmlib.tables._safe_csv import write_csv
from crmlib.tables._set_aside_reason import SetAsideReason
from crmlib.tables._set_aside_rows import describe_set_aside
from crmlib.tables._verdicts import Verdicts

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import numpy.typing as npt

NETTED_OFF, SHIPPING_FEES = MONEY_ONLY = ("netted off", "shipping fees")
"""Parts of a report that stand on rows which other parts count."""

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
    set_aside : DataFrame of shape (n_set_aside, 10)
        ``source``, ``row`` (1 is the first row below the header), ``reason``
        (a :class:`SetAsideReason`), ``detail``, ``amount`` (NaN if it could
        not be read), ``customer_id`` (NaN if there is none),
        ``shipping_fee``, ``sales_channel``, ``order_id`` and ``line_id``.
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

        An order id counts within its customer and ``sales_channel``.  So files
        of shops that number their orders alike must tell them apart: give each
        its ``sales_channel``.

        Where files overlap, as exports of this and last month do, each line
        counts once: of those with one ``line_id`` in one order, that of which
        most was paid back, else that of the earliest file; the others are set
        aside as duplicate lines.  On a sales channel a ``line_id`` in an order of one
        number and instant is one line, even if the files name its customer
        by different columns.  A line without an id is the same as one of
        another file if it is equal in all that is told of it.  What one file
        has as cancelled or returned is set aside with this reason in the
        others, too.

        Raises
        ------
        InvalidTableError
            If the parts are in different currencies.
        InvalidParameterError
            If there are no parts.

        Examples
        --------
        ``Orders.join(read_orders("shop.csv"), read_orders("market.csv"))``
        """
        if not parts:
            raise InvalidParameterError("parts", parts, "one or more")
        currencies = sorted({name for part in parts for name in list_currencies(part.table)})
        if len(currencies) > 1:
            raise InvalidTableError(
                "orders",
                f"in {currencies} cannot be joined",
                "bring the amounts to one currency first, or keep the files apart",
            )
        table, places, set_aside = (
            pd.concat([getattr(part, name) for part in parts], ignore_index=True)
            for name in ("table", "places", "set_aside")
        )
        files = _number_files(parts)
        used, aside = files[: len(table)], files[len(table) :]
        verdicts = Verdicts(len(table))
        back = find_taken_back(table, used, set_aside, aside)
        for reason in back["reason"].unique():
            words = back["detail"][back["reason"] == reason].reindex(table.index)
            verdicts.set_aside(
                words.notna().to_numpy(), SetAsideReason(reason), words.to_numpy(dtype=object)
            )
        verdicts.set_aside(
            find_repeats(table, places["netted"].to_numpy(), used),
            SetAsideReason.DUPLICATE_LINE,
            "another file has the same line",
        )
        return cls(
            table=table[verdicts.used].reset_index(drop=True),
            places=places[verdicts.used].reset_index(drop=True),
            set_aside=pd.concat(
                [set_aside, describe_set_aside(table, places, verdicts)], ignore_index=True
            ),
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
        lost_for = lost.drop_duplicates("customer_id")["reason"].value_counts()
        n_customers = self.table["customer_id"].nunique()
        rows = {"used": (len(self.table), _sum(self.table["amount"]), n_customers)}
        there = set(self.set_aside["reason"].unique())
        for name in (str(reason) for reason in SetAsideReason if reason in there):
            amounts = self.set_aside.loc[self.set_aside["reason"] == name, "amount"]
            rows[name] = (len(amounts), _sum(amounts), int(lost_for.get(name, 0)))
        fees = _sum(self.places["shipping_fee"]), _sum(self.set_aside["shipping_fee"])
        for name, money in (
            (NETTED_OFF, _sum(self.places["netted"])),
            (SHIPPING_FEES, sum_money(np.array(fees))),
        ):
            if money:
                rows[name] = (0, money, 0)
        return pd.DataFrame.from_dict(
            rows, orient="index", columns=["rows", "amount", "customers"]
        ).astype({"rows": "int64", "amount": "float64", "customers": "int64"})

    def report_by_file(self) -> pd.DataFrame:
        """Count rows and money of each file.

        Returns
        -------
        DataFrame of shape (n_files, 7), indexed by source, in the order of their first row
            ``rows``, of which ``used`` and ``set_aside``; ``amount_used``
            and ``amount_set_aside``, net sums; ``netted``, what was paid
            back; ``shipping_fees``.  The four sums are the money of the file.
        """
        sources = pd.concat([self.places["source"], self.set_aside["source"]])
        codes, files = pd.factorize(sources)
        used, aside = codes[: len(self.table)], codes[len(self.table) :]
        n_files = len(files)
        table = pd.DataFrame(
            {
                "used": np.bincount(used, minlength=n_files),
                "set_aside": np.bincount(aside, minlength=n_files),
                "amount_used": _sum_by_file(used, self.table["amount"], n_files),
                "amount_set_aside": _sum_by_file(aside, self.set_aside["amount"], n_files),
                "netted": _sum_by_file(used, self.places["netted"], n_files),
                "shipping_fees": _sum_by_file(
                    codes,
                    pd.concat([self.places["shipping_fee"], self.set_aside["shipping_fee"]]),
                    n_files,
                ),
            },
            index=pd.Index(files, name="source"),
        )
        table.insert(0, "rows", table["used"] + table["set_aside"])
        return table

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
        for name, rows, amount, customers in report.itertuples():
            money = f"{name:<20}{'':>12}{amount:>20,.{decimals}f}"
            counts = f"{name:<20}{rows:>12,.0f}{amount:>20,.{decimals}f}{customers:>12,.0f}"
            lines.append(money if name in MONEY_ONLY else counts)
        unread = int(self.set_aside["amount"].isna().sum())
        if unread:
            lines.append(f"Not in the amounts: {unread:,} rows whose amount cannot be read.")
        return "\n".join(lines)


def _number_files(parts: Sequence[Orders]) -> npt.NDArray[np.intp]:
    """Give each row of *parts* the number of its file: first rows used, then those set aside."""
    frames = [part.places for part in parts] + [part.set_aside for part in parts]
    sources = pd.concat([frame["source"] for frame in frames], ignore_index=True)
    owners = np.repeat([*range(len(parts))] * 2, [len(frame) for frame in frames])
    return number_rows([sources, pd.Series(owners)])


def _sum(money: pd.Series[float]) -> float:
    """Add *money* exactly; what is NaN counts as nothing."""
    return sum_money(np.asarray(money, dtype=np.float64))


def _sum_by_file(
    files: npt.NDArray[np.intp], money: pd.Series[float], n_files: int
) -> npt.NDArray[np.float64]:
    """Add *money* exactly per file; what is NaN counts as nothing."""
    minor = to_minor_units(np.nan_to_num(money.to_numpy(dtype=np.float64)))
    return sum_by_group(files, minor, n_files)
