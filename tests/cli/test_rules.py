"""Rules that measure events, from the files of a shop to a plan or to segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmlib.campaigns import Plan
from crmlib.tables import read_csv

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., Any]

RULES = """
kind = "rules"
default = "Rest"
[[segmenter.rules]]
name = "Opened, not bought"
where = [
  [{ count = "opened", days = 60 }, ">=", 1],
  [{ count = "orders", days = 60 }, "==", 0],
]
[[segmenter.rules]]
name = "상의 단골"
where = [[{ count = "orders", where = { category = ["tops", "상의"] }, days = 365 }, ">=", 2]]
"""


@pytest.fixture
def ruled(campaign: Path) -> Path:
    """Give the campaign file with rules instead of quantiles."""
    text = campaign.read_text(encoding="utf-8")
    text = text.replace('kind = "rfm"', RULES).replace(
        '["At Risk", "Can\'t Lose Them", "Hibernating"]', '["Opened, not bought", "상의 단골"]'
    )
    text = text.replace(
        'consents = "shop/consents.csv"',
        'consents = "shop/consents.csv"\nengagements = "shop/engagements.csv"',
    )
    campaign.write_text(text, encoding="utf-8")
    return campaign


def test_a_plan_follows_rules_on_events(
    crmlib: Run, ruled: Path, tmp_path: Path, at: Callable[[str], None]
) -> None:
    """Who opened and did not buy is whom pandas finds in the files."""
    at("2026-07-01T00:00:00+00:00")
    since = pd.Timestamp("2026-05-02", tz="Asia/Seoul")  # 60 days, of which 30 June is the last
    end = pd.Timestamp("2026-07-01", tz="Asia/Seoul")
    events = pd.read_csv(tmp_path / "shop" / "engagements.csv", parse_dates=["at"])
    opened = events[(events["event"] == "opened") & ~events["is_machine"]]
    opened = set(opened.loc[opened["at"].between(since, end, inclusive="left"), "customer_id"])

    done = crmlib("plan", ruled)

    assert done.code == 0, done.err
    table = Plan.load(tmp_path / "winback.plan").table
    chosen = set(table.index[table["segment"] == "Opened, not bought"])
    assert chosen
    assert chosen <= opened
    assert (table["segment"] == "상의 단골").any()
    assert set(table["segment"]) <= {"Opened, not bought", "상의 단골", "Rest"}


def test_rules_on_messages_need_engagements(crmlib: Run, ruled: Path) -> None:
    """The file is told before any other is opened, with the key that is missing."""
    text = ruled.read_text(encoding="utf-8")
    ruled.write_text(text.replace("engagements = ", "# engagements = "), encoding="utf-8")

    done = crmlib("plan", ruled)

    assert done.code == 3
    assert "data.engagements is missing; rules look at messages" in done.err


FILE = """
[[rules]]
name = "Tops twice"
where = [[{ count = "orders", where = { category = "tops" } }, ">=", 2]]
[[rules]]
name = "One order of tops"
where = [["favourite_category", "==", "tops"]]
"""
ORDERS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "c"],
        "order_id": ["1", "2", "3", "4"],
        "ordered_at": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"],
        "amount": ["10", "10", "10", "10"],
        "category": ["tops", "tops", "tops", "shoes"],
    }
)


def test_segments_by_rules(crmlib: Run, tmp_path: Path) -> None:
    """With --rules the table and the CSV have the segments of the rules."""
    ORDERS.to_csv(tmp_path / "orders.csv", index=False)
    (tmp_path / "rules.toml").write_text(FILE, encoding="utf-8")

    made = crmlib("segment", "orders.csv", "--rules", "rules.toml", "--json", "--out", "out.csv")

    assert made.code == 0, made.err
    sizes = {row["segment"]: row["customers"] for row in made.json["segments"]}
    assert sizes == {"Tops twice": 1, "One order of tops": 1, "Others": 1}
    written = read_csv(tmp_path / "out.csv").set_index("customer_id")
    assert written.loc["a", "segment"] == "Tops twice"
    assert written.loc["a", "orders_ever_where_category_is_tops"] == "2"


def test_segments_by_rules_on_messages_and_people(crmlib: Run, tmp_path: Path) -> None:
    """Gender comes of the order files; ids of messages are those of accounts."""
    orders = ORDERS.assign(gender=["F", "F", "M", None], email=["a@x.kr", "a@x.kr", None, None])
    orders.to_csv(tmp_path / "orders.csv", index=False)
    (tmp_path / "opened.csv").write_text(
        "customer_id,message_key,channel,event,at\na,k,email,opened,2026-01-01T09:00:00+09:00\n"
    )
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rules]]\nname = "W"\nwhere = [["gender", "==", "female"]]', "utf-8")
    told = ("segment", "orders.csv", "--rules", "rules.toml", "--json")
    women = crmlib(*told, "--column", "gender=gender")
    rules.write_text('[[rules]]\nname = "O"\nwhere = [[{ count = "opened" }, ">", 0]]', "utf-8")

    opened = crmlib(*told, "--no-link", "--engagements", "opened.csv")

    assert {row["segment"]: row["customers"] for row in women.json["segments"]} == {
        "W": 1,
        "Others": 2,
    }
    assert {row["segment"]: row["customers"] for row in opened.json["segments"]} == {
        "O": 1,
        "Others": 2,
    }
    assert "--engagements must be used with --no-link" in (
        crmlib(*told, "--engagements", "opened.csv").err
    )
    assert "engagements must be a table, as opened_ever" in crmlib(*told, "--no-link").err


def test_a_rule_that_fits_nobody_is_shown(crmlib: Run, tmp_path: Path) -> None:
    """With no customers; a map of names for RFM beside rules is refused."""
    ORDERS.to_csv(tmp_path / "orders.csv", index=False)
    (tmp_path / "rules.toml").write_text(
        '[[rules]]\nname = "Often"\nwhere = [["frequency", ">", 99]]', encoding="utf-8"
    )
    told = ("segment", "orders.csv", "--rules", "rules.toml")

    shown = crmlib(*told)

    assert shown.code == 0, shown.err
    rows = [line.split() for line in shown.out.splitlines()]
    assert ["Often", "0", "0.00"] in rows
    assert "Days since: median since the last order" in shown.out
    refused = crmlib(*told, "--segment-map", "codes")
    assert refused.code == 3
    assert "--segment-map must be left out beside --rules" in refused.err


def test_a_column_that_order_lines_lack_is_told_with_the_way_out(
    crmlib: Run, tmp_path: Path
) -> None:
    """A header of the file can stand for it, and then the rules work."""
    ORDERS.rename(columns={"category": "Kind"}).to_csv(tmp_path / "orders.csv", index=False)
    rules = FILE.partition('[[rules]]\nname = "One')[0]
    (tmp_path / "rules.toml").write_text(rules, encoding="utf-8")
    told = ("segment", "orders.csv", "--rules", "rules.toml")

    lacking = crmlib(*told)

    assert lacking.code == 3
    assert (
        "the table of order lines lacks the columns ['category']; it has ['customer_id'"
        in lacking.err
    )
    assert "--column category=HEADER" in lacking.err
    assert crmlib(*told, "--column", "category=Kind").code == 0
    engagements = tmp_path / "opened.csv"
    engagements.write_text(
        "customer_id,message_key,channel,event,at\na,k,email,opened,2026-01-01T09:00:00+09:00\n"
    )
    (tmp_path / "rules.toml").write_text(
        '[[rules]]\nname = "O"\nwhere = [[{ count = "opened", where = { tag = "x" } }, ">", 0]]'
    )
    messages = crmlib(*told, "--no-link", "--engagements", "opened.csv")
    assert "engagements lacks the columns ['tag']" in messages.err
