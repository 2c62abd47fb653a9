"""What a command answers, and a campaign file for the made-up shop."""

from __future__ import annotations

import json
from typing import Any

import attrs

CAMPAIGN = """
[campaign]
name = "winback"
audience = ["At Risk", "Can't Lose Them", "Hibernating"]
channels = ["file"]
policy = "KR"
holdout = 0.3

[data]
orders = "shop/orders-own-mall.csv"
profiles = "shop/profiles.csv"
consents = "shop/consents.csv"
timezone = "Asia/Seoul"
snapshot_date = "2026-06-30"

[segmenter]
kind = "rfm"

[timing]
kind = "fixed"
hour = 10

[sender]
name = "Shop"
email = "shop@example.com"
postal_address = "1 Example-ro, Seoul"
phone = "02-000-0000"
opt_out_url = "https://shop.example/out/{message_key}"

[channels.file]
path = "outbox.jsonl"

[templates.default]
subject = "{name|Hello}"
body = "It has been {recency_days} days."
"""


@attrs.frozen
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The JSON that was printed."""
        return json.loads(self.out)
