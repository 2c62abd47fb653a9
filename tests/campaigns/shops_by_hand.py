"""A handful of customers, and a campaign for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Self

import pandas as pd

from crmlib import policies
from crmlib.campaigns import Campaign, Plan
from crmlib.interfaces import Segmenter
from crmlib.messages import Sender
from crmlib.planners import Template, TemplatePlanner
from crmlib.timing import FixedTiming

NOW = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)  # a Monday, 09:00 in Seoul
SENDER = Sender(
    name="Moonlight Shop",
    email="shop@example.com",
    postal_address="1 Moonlight Street",
    phone="+82 2 123 4567",
    opt_out_phone="0801234567",
    opt_out_url="https://shop.example/out/{message_key}",
)
TEMPLATE = Template(
    subject="Hello {name|there}", body="Hello {name|there}.", html="<p>Hello {name|there}.</p>"
)


class ColumnSegmenter(Segmenter):
    """Give each customer the segment that a column names."""

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        """Learn the names."""
        self.segments_ = tuple(sorted(customers["group"].unique()))
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Read the column."""
        return customers["group"].rename("segment")


class Shop:
    """Customers, profiles and consents that a test changes as it needs."""

    def __init__(self, n: int = 3) -> None:
        ids = [f"C{number}" for number in range(1, n + 1)]
        self.customers = pd.DataFrame(
            {
                "group": "A",
                "last_purchase_at": pd.date_range("2026-01-01", periods=n, tz="UTC"),
            },
            index=pd.Index(ids, name="customer_id"),
        )
        self.profiles = pd.DataFrame(
            {
                "customer_id": ids,
                "name": [f"Name {key}" for key in ids],
                "email": [f"{key.lower()}@example.com" for key in ids],
                "phone": [f"+8210{number:08}" for number in range(n)],
                "timezone": "Asia/Seoul",
                "locale": "en",
            }
        )
        self.consents = pd.DataFrame(
            {
                "customer_id": ids,
                "channel": "*",
                "purpose": "advertising",
                "granted": True,
                "at": pd.Timestamp("2026-01-05", tz="UTC"),
            }
        )

    def set_profile(self, customer_id: str, **values: Any) -> None:
        """Change what the profile of one customer says."""
        for column, value in values.items():
            self.profiles.loc[self.profiles["customer_id"] == customer_id, column] = value

    def campaign(self, **other: Any) -> Campaign:
        """Give a campaign for everybody, by email under the law of the EU."""
        parameters: dict[str, Any] = {
            "name": "winback",
            "segmenter": ColumnSegmenter().fit(self.customers),
            "planner": TemplatePlanner({"default": TEMPLATE}),
            "timing": FixedTiming(hour=10),
            "channels": ["memory"],
            "policy": policies.load("EU"),
            "holdout": 0,
            "sender": SENDER,
        }
        return Campaign(**(parameters | other))

    def plan(
        self, suppressions: Any = None, sends: Any = None, ended: Any = None, **other: Any
    ) -> Plan:
        """Plan that campaign."""
        return self.campaign(**other).plan(
            self.customers,
            profiles=self.profiles,
            consents=self.consents,
            now=NOW,
            suppressions=suppressions,
            sends=sends,
            ended=ended,
        )
