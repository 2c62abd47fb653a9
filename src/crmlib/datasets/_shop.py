"""A synthetic shop: its tables, its files, and how its customers respond."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pandas as pd

from crmlib.datasets._moments import SHOP_ZONE
from crmlib.datasets._responses import draw_responses

if TYPE_CHECKING:
    import os

    from crmlib.datasets._responses import PlanLike


@attrs.frozen(kw_only=True, eq=False)
class Shop:
    """An apparel shop that never was, and the truth about its customers.

    Parameters
    ----------
    seed : int
        What it was made from.
    end_date : str
        The last day with orders, in :attr:`timezone`.
    order_files : dict of str to DataFrame
        By sales channel (``own mall``, ``marketplace``, ``shop``) the raw
        order lines, every cell text: ``customer_id``, ``order_id``,
        ``line_id``, ``ordered_at``, ``product_id``, ``product_name``,
        ``category``, ``quantity``, ``unit_price``, ``amount``, ``currency``,
        ``sales_channel``, ``status``.  These are the canonical names, so
        :func:`crmlib.read_orders` needs no mapping.  Times are local to
        :attr:`timezone` unless they carry an offset; money is in won.  There
        are cancelled orders, returns, walk-ins without a customer, delivery
        fees, lines that come twice, and cells that cannot be read.
    profiles, consents, engagements : DataFrame
        Canonical tables, see :func:`make_profiles` and :func:`make_consents`.
    truth : DataFrame of shape (n_customers, 6), indexed by customer_id
        ``behaviour``, ``favourite_hour`` (local), ``favourite_category``,
        ``complementary_category``, ``baseline_rate`` (chance to buy within 14
        days) and ``treatment_effect`` (what a message adds to it).
    """

    seed: int
    end_date: str
    order_files: dict[str, pd.DataFrame] = attrs.field(repr=False)
    profiles: pd.DataFrame = attrs.field(repr=False)
    consents: pd.DataFrame = attrs.field(repr=False)
    engagements: pd.DataFrame = attrs.field(repr=False)
    truth: pd.DataFrame = attrs.field(repr=False)

    @property
    def timezone(self) -> str:
        """IANA zone of the shop."""
        return SHOP_ZONE

    @property
    def orders(self) -> pd.DataFrame:
        """The raw lines of all sales channels, one file below the other."""
        return pd.concat(self.order_files.values(), ignore_index=True)

    def respond(self, plan: PlanLike, *, days: int = 28, seed: int = 0) -> pd.DataFrame:
        """Simulate what all customers buy after a plan was carried out.

        Who was sent to buys within 14 days with the planted baseline plus the
        planted effect, everybody else with the baseline; the same customers
        are lucky either way.  What they buy after a message complements what
        they like; the 14 days after that, all buy by the baseline.

        Parameters
        ----------
        plan : Plan
            Its ``table`` says who was sent to, and when; customers without a
            moment count from its ``created_at``.
        days : int, default=28
            Orders later than this after the last moment are left out; 14 or more.
        seed : int, default=0
            Another seed, other luck.

        Returns
        -------
        DataFrame of shape (n_lines, n_columns)
            Canonical transactions, a few returns among them.

        Raises
        ------
        InvalidParameterError
            If *days* is less than 14.
        """
        return draw_responses(plan, self, days=days, seed=seed)

    def save(self, folder: str | os.PathLike[str]) -> dict[str, Path]:
        """Write every table as CSV (UTF-8) into *folder*, which is made if need be.

        Returns
        -------
        dict of str to Path
            By name: ``orders-own-mall``, ``orders-marketplace``,
            ``orders-shop``, ``profiles``, ``consents``, ``engagements`` and
            ``truth``; each file is called that with ``.csv``.
        """
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        tables = {
            f"orders-{name.replace(' ', '-')}": table for name, table in self.order_files.items()
        } | {
            "profiles": self.profiles,
            "consents": self.consents,
            "engagements": self.engagements,
            "truth": self.truth.reset_index(),
        }
        paths = {name: target / f"{name}.csv" for name in tables}
        for name, table in tables.items():
            table.to_csv(paths[name], index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
        return paths
