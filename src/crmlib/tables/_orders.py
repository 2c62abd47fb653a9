"""What becomes of the rows of an order file."""

from __future__ import annotations

import attrs
import pandas as pd

from crmlib.tables._money import sum_money
from crmlib.tables._set_aside_reason import SetAsideReason


@attrs.frozen(kw_only=True, eq=False)
class Orders:
    """Order lines that can be used, and those that cannot, each with its reason.

    Rows in are rows used plus rows set aside; this is asserted.

    Parameters
    ----------
    table : DataFrame of shape (n_used, n_columns)
        Canonical transactions, one row per order line, in the order of the file.
    set_aside : DataFrame of shape (n_set_aside, 6)
        ``source``, ``row`` (1 is the first row below the header), ``reason``
        (a :class:`SetAsideReason`), ``detail``, ``amount`` (NaN if it could
        not be read) and ``customer_id`` (NaN if there is none).
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
    set_aside: pd.DataFrame = attrs.field(repr=False)
    rows_in: int

    def __attrs_post_init__(self) -> None:
        assert self.rows_in == len(self.table) + len(self.set_aside), "rows in = used + set aside"

    @classmethod
    def join(cls, *parts: Orders) -> Orders:
        """Put the orders of several files together, in the order given.

        Examples
        --------
        ``Orders.join(read_orders("shop.csv"), read_orders("market.csv"))``
        """
        return cls(
            table=pd.concat([part.table for part in parts], ignore_index=True),
            set_aside=pd.concat([part.set_aside for part in parts], ignore_index=True),
            rows_in=sum(part.rows_in for part in parts),
        )

    def report(self) -> pd.DataFrame:
        """Count rows, money and customers, used and set aside.

        Returns
        -------
        DataFrame of shape (1 + n_reasons, 3), indexed by "used" and the reasons that occur
            ``rows``; ``amount``, the net sum (amounts that could not be read
            add nothing); ``customers``: those with a row used, and below it
            those left without one, each at the reason of their first row.
            Every column adds up to what came in.
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
        return pd.DataFrame(
            [(n, sum_money(part["amount"].to_numpy()), customers) for n, part, customers in rows],
            index=names,
            columns=["rows", "amount", "customers"],
        )

    def summary(self) -> str:
        """Give the report as text for one screen, with its totals."""
        report = self.report()
        report.loc["in"] = report.sum()
        lines = [f"{'':<20}{'rows':>12}{'amount':>20}{'customers':>12}"]
        lines += [
            f"{name:<20}{rows:>12,.0f}{amount:>20,.4f}{customers:>12,.0f}"
            for name, rows, amount, customers in report.itertuples()
        ]
        unread = int(self.set_aside["amount"].isna().sum())
        if unread:
            lines.append(f"Not in the amounts: {unread:,} rows whose amount cannot be read.")
        return "\n".join(lines)
