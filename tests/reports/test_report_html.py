"""The page: whole, self-contained, discreet."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from crmlib.exceptions import InvalidParameterError
from crmlib.measurement import measure
from crmlib.reports import _canvas, _sections, plot_segments, report_html
from crmlib.tables import make_transactions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from crmlib.campaigns import Plan
    from crmlib.datasets import Shop
    from crmlib.measurement import LiftResult
    from crmlib.segmenters import RFMSegmenter

STATUS = pd.DataFrame(
    [{"campaign": "test", "messages": 5, "planned": 0, "accepted": 4, "unknown": 1, "dead": 0}]
)


@pytest.fixture(scope="session")
def whole(
    shop: Shop, customers: pd.DataFrame, rfm: RFMSegmenter, plan: Plan, lift: LiftResult
) -> dict[str, object]:
    """Give the parts of a page that has everything."""
    return {
        "plan": plan,
        "customers": customers,
        "segments": rfm.predict(customers),
        "rfm_scores": rfm.scores(customers),
        "transactions": make_transactions(shop.orders, timezone=shop.timezone).table,
        "timezone": shop.timezone,
        "delivery_status": STATUS,
        "lift": lift,
    }


@pytest.fixture(scope="session")
def page(whole: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the page that has everything."""
    path = report_html(tmp_path_factory.mktemp("page") / "page.html", **whole)
    return path.read_text(encoding="utf-8")


@pytest.fixture
def write(
    whole: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Give a function that writes a page without drawing, less what is replaced."""
    monkeypatch.setattr(_sections, "draw_svg", lambda name, _: f"<svg id='{name}'></svg>")

    def write_page(**replaced: object) -> str:
        path = report_html(tmp_path / "page.html", **(whole | replaced))
        return path.read_text(encoding="utf-8")

    return write_page


class Outline(HTMLParser):
    """Collects ids and open elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the element."""
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]


def test_whole_page(page: str, lift: LiftResult) -> None:
    """With everything given all seven sections are there, each with its words."""
    assert re.findall(r'<section id="([a-z-]+)"', page) == [
        "lift",
        "funnel",
        "delivery",
        "segments",
        "rfm",
        "hours",
        "send-hours",
    ]
    assert f"<b>{100 * lift.conversion_difference.value:+.1f} points</b>" in page
    assert "4 of 5 messages were accepted for delivery" in page
    assert "All money in KRW." in page
    assert "advertising by memory, rules of KR; planned 2026-07-01" in page
    assert page.count("<svg") == 6
    assert "최우수" in page


def test_korean_needs_no_font_here(
    page: str, whole: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page is written by the reader's fonts: without fonts here it names all the same."""
    monkeypatch.setattr(_canvas, "KOREAN_FONTS", ())

    again = report_html(tmp_path / "again.html", **whole).read_text(encoding="utf-8")

    for text in (page, again):
        assert "최우수" in text[text.index('id="segments"') : text.index("<details>")]


def test_same_input_gives_the_same_page(
    page: str, whole: dict[str, object], tmp_path: Path
) -> None:
    """The page holds no clock and no chance."""
    again = report_html(str(tmp_path / "again.html"), **whole)

    assert again.read_text(encoding="utf-8") == page


def test_page_loads_nothing(page: str) -> None:
    """Nothing comes from elsewhere, nothing runs, and no id occurs twice."""
    outline = Outline(page)

    assert not re.search(r"""(src|href)\s*=\s*["'](?!#|data:image/png)""", page)
    assert not re.search(r"url\((?!#)", page)
    assert "default-src 'none'" in page
    assert not {"script", "link", "iframe", "img"} & set(outline.tags)
    assert len(outline.ids) == len(set(outline.ids))


def test_page_names_nobody(page: str, shop: Shop, plan: Plan) -> None:
    """Neither names nor addresses nor ids of customers are on the page."""
    assert "@" not in page.replace("@media", "").replace("@page", "")
    for word in [*shop.profiles["name"].dropna(), *plan.table["name"].dropna()]:
        assert word not in page
    for word in [*plan.table.index, *plan.table["message_key"].dropna()]:
        assert word not in page


def test_names_cannot_act_on_the_page(write: Callable[..., str], customers: pd.DataFrame) -> None:
    """Names of campaign and segment are shown as they are, never run."""
    segments = pd.Series("<script>alert(1)</script>", index=customers.index)
    svg = _canvas.draw_svg("x", lambda: plot_segments(customers, segments))

    page = write(segments=segments)

    assert "<script" not in svg
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; are 100%" in page
    assert "<h1>winback &lt;2026&gt;</h1>" in page


@pytest.mark.parametrize(
    ("left_out", "sections"),
    [
        ({"lift": None}, {"lift"}),
        ({"plan": None}, {"funnel", "send-hours"}),
        ({"delivery_status": None}, {"delivery"}),
        ({"segments": None}, {"segments"}),
        ({"rfm_scores": None}, {"rfm"}),
        ({"transactions": None}, {"hours"}),
        (
            {"customers": None, "segments": None, "rfm_scores": None},
            {"segments", "rfm"},
        ),
        ({"plan": None, "lift": None, "delivery_status": None}, {"lift", "funnel", "delivery"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_sections_without_input_are_left_out(
    write: Callable[..., str], left_out: dict[str, None], sections: set[str]
) -> None:
    """What is not given is not on the page; the rest is."""
    page = write(**left_out)

    found = set(re.findall(r'<section id="([a-z-]+)"', page))
    assert not found & sections
    assert found


def test_page_without_plan_is_about_customers(
    write: Callable[..., str], customers: pd.DataFrame
) -> None:
    """Without a plan the page is headed by the customers themselves."""
    page = write(plan=None, lift=None, delivery_status=None)

    assert "<h1>Customers</h1>" in page
    assert f"<b>{len(customers):,}</b>customers" in page
    assert "Plan " not in page


def test_page_of_transactions_alone(write: Callable[..., str], transactions: pd.DataFrame) -> None:
    """Hours alone make a page as well; money of two currencies has no name."""
    only = dict.fromkeys(
        ("plan", "customers", "segments", "rfm_scores", "delivery_status", "lift")
    )
    mixed = transactions.assign(currency=["USD", *["KRW"] * (len(transactions) - 1)])

    page = write(**only, transactions=mixed)

    assert "All money in" not in page
    assert 'class="tiles"' not in page
    assert "All money in" not in write(**only, transactions=mixed.drop(columns="currency"))


def test_lift_that_is_not_known(
    write: Callable[..., str], make_plan: Callable[..., Plan], shop: Shop
) -> None:
    """The headline says when the lift is not known."""
    plan = make_plan([("send", "ALLOWED", "2026-07-02T01:00Z", None)] * 3)

    page = write(lift=measure(plan, None, shop.respond(plan)))

    assert "<b>not known</b>buyers against the hold-out<" in page


@pytest.mark.parametrize(
    ("buyers", "held_out_buyers", "words"),
    [(60, 10, "beyond chance"), (60, 9, "too few buyers to tell"), (10, 10, "may be chance")],
)
def test_chance_in_the_headline(
    write: Callable[..., str],
    make_plan: Callable[..., Plan],
    buyers: int,
    held_out_buyers: int,
    words: str,
) -> None:
    """Nothing is called beyond chance with fewer than 10 buyers in an arm."""
    moment = "2026-07-02T01:00Z"
    arms = ("send", "ALLOWED", moment, None), ("hold-out", "HOLD_OUT", moment, None)
    plan = make_plan([arms[0]] * 100 + [arms[1]] * 100)
    ids = [*plan.table.index[:buyers], *plan.table.index[100 : 100 + held_out_buyers]]
    orders = pd.DataFrame({"customer_id": ids, "order_id": ids, "amount": 5.0})
    orders["ordered_at"] = pd.Timestamp("2026-07-03T00:00Z")
    until = pd.Timestamp("2026-08-01T00:00Z")

    page = write(lift=measure(plan, None, orders, observed_until=until))

    assert f"buyers against the hold-out, {words}<" in page


def test_remark(write: Callable[..., str]) -> None:
    """What every reader must know stands under the title, and only if it is given."""
    assert '<p class="remark">These people &amp; names are made up.</p>' in write(
        remark="These people & names are made up."
    )
    assert '<p class="remark">' not in write()


def test_nothing_to_show(tmp_path: Path) -> None:
    """A page of nothing is refused."""
    with pytest.raises(InvalidParameterError, match="or another part of the report"):
        report_html(tmp_path / "page.html")


def test_segments_without_customers(tmp_path: Path) -> None:
    """Segments without their customers cannot be valued."""
    with pytest.raises(InvalidParameterError, match="customers must be given with segments"):
        report_html(tmp_path / "page.html", segments=pd.Series(["A"], index=["C1"]))
