"""The folder that the demo works in: its data, and its campaign file."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import attrs

from crmlib.cli._order_lines import last_date, usable
from crmlib.datasets import Shop, make_consents, make_profiles, make_shop
from crmlib.exceptions import InvalidParameterError
from crmlib.sources import read_orders

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.campaigns import Plan

MARK = "emptied-by-crmlib-demo.txt"
"""The file that says that the demo made a folder, and so may empty it again."""

OBSERVED_DAYS = 28
"""Days of real orders that are kept back to measure on."""


@attrs.frozen(kw_only=True, eq=False)
class DemoFolder:
    """Where the demo keeps what it makes.

    Parameters
    ----------
    path : Path
        The folder.
    now : datetime
        When the campaign is planned, aware: nothing in the demo reads a clock.
    shop : Shop or None
        The synthetic shop; None if the orders are real.
    """

    path: Path
    now: datetime
    shop: Shop | None = None

    @property
    def campaign_file(self) -> Path:
        """What the campaign is."""
        return self.path / "campaign.toml"

    @property
    def plan_file(self) -> Path:
        """The plan that was made of it."""
        return self.path / "winback.plan"

    @property
    def preview_file(self) -> Path:
        """The page to read before approving."""
        return self.path / "preview.html"

    @property
    def ledger_file(self) -> Path:
        """The books."""
        return self.path / "crm.db"

    @property
    def remark(self) -> str:
        """What a reader of the report must not overlook."""
        if self.shop is not None:
            return "This shop and its customers are made up."
        return (
            "The orders are real; the people are made up and nobody was really written to, "
            "so an honest measurement finds no effect here."
        )

    @property
    def report_file(self) -> Path:
        """The page to read afterwards."""
        return self.path / "report.html"

    def later_orders(self, plan: Plan, transactions: pd.DataFrame) -> pd.DataFrame:
        """Give the orders to measure on: simulated responses, or the real ones."""
        if self.shop is None:
            return transactions
        later = self.shop.respond(plan)
        later.to_csv(self.path / "later-orders.csv", index=False)
        return later


def synthetic_folder(path: Path, n_customers: int, seed: int) -> DemoFolder:
    """Make a shop and its campaign file in *path*."""
    shop = make_shop(n_customers=n_customers, seed=seed)
    empty_folder(path)
    shop.save(path)
    folder = DemoFolder(path=path, now=next_morning(shop.end_date, shop.timezone), shop=shop)
    text = _campaign_text("demo-shop.toml").replace("SNAPSHOT_DATE", shop.end_date)
    folder.campaign_file.write_text(text, encoding="utf-8")
    return folder


def real_folder(
    path: Path, orders: Path, columns: dict[str, str] | None, timezone: str, seed: int
) -> DemoFolder:
    """Dress the customers of *orders* with made-up profiles and consents in *path*.

    The last days of the orders are kept back to measure on.  Nobody was
    written to in truth, so an honest measurement finds nothing.
    """
    table = usable(read_orders(orders, columns=columns, timezone=timezone)).table
    end = datetime.fromisoformat(last_date(table, timezone)) - timedelta(days=OBSERVED_DAYS)
    snapshot_date = end.date().isoformat()
    empty_folder(path)
    ids = sorted(table["customer_id"].unique())
    profiles = make_profiles(ids, seed, country="GB", end_date=snapshot_date)
    profiles.to_csv(path / "profiles.csv", index=False)
    consents = make_consents(profiles, seed, end_date=snapshot_date)
    consents.to_csv(path / "consents.csv", index=False)
    folder = DemoFolder(path=path, now=next_morning(snapshot_date, timezone))
    text = _campaign_text("demo-real.toml").replace("SNAPSHOT_DATE", snapshot_date)
    text = text.replace("TIMEZONE", timezone).replace("ORDERS", orders.resolve().as_posix())
    mapped = "".join(
        f"{name} = {json.dumps(header)}\n" for name, header in (columns or {}).items()
    )
    folder.campaign_file.write_text(f"{text}\n[data.columns]\n{mapped}", encoding="utf-8")
    return folder


def _campaign_text(name: str) -> str:
    return files("crmlib.cli").joinpath("data", name).read_text(encoding="utf-8")


def next_morning(date: str, zone: str) -> datetime:
    """Give 07:00 of the day after *date*, in UTC."""
    morning = datetime.fromisoformat(date).replace(hour=7, tzinfo=ZoneInfo(zone))
    return (morning + timedelta(days=1)).astimezone(UTC)


def empty_folder(path: Path) -> None:
    """Make *path* an empty folder, unless it holds what the demo has not made."""
    if path.exists() and any(path.iterdir()):
        if not (path / MARK).exists():
            raise InvalidParameterError("--out", str(path), "an empty or a new folder")
        shutil.rmtree(path)
    path.mkdir(parents=True, exist_ok=True)
    (path / MARK).write_text("crmlib demo empties this folder: keep nothing of yours here.\n")
