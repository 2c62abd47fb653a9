"""The page that a person reads before approving."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from plans_by_hand import held_row, make_plan, sent_row

from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from pathlib import Path

    from crmlib.campaigns import Plan

HOSTILE = "</pre></iframe><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7 * 191 }}"


class Reader(HTMLParser):
    """Collect the tags, the attributes and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag and its attributes."""
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Note a piece of text."""
        self.text += f"{data} "


def test_it_shows_what_is_approved(plan: Plan) -> None:
    """The page has the digest, the funnel, and real messages with their moment and reasons."""
    reader = Reader(plan.preview_html())
    text = re.sub(r"\s+", " ", reader.text)

    assert plan.digest in text
    assert "advertising by smtp, rules of KR, from Moonlight Shop <shop@example.com>" in text
    assert "4 customers looked at 1 get a message 1 held out to measure the effect 2 held" in text
    assert "held no consent NO_CONSENT 2 50.0% no consent" in text
    assert "We miss you, Mina C1 At Risk smtp Mon 2011-12-12 20:17 Asia/Seoul send" in text
    assert "buys most around 20:00" in text
    assert ("iframe", "srcdoc", "<p>Hello Mina</p>") in reader.attributes


def test_it_loads_and_runs_nothing() -> None:
    """No script, no link, no picture from elsewhere; HTML parts stand in a locked frame."""
    plan = make_plan({"C1": sent_row(html='<img src="https://elsewhere.example/pixel.gif">')})
    reader = Reader(plan.preview_html())
    frames = [name for tag, name, value in reader.attributes if (tag, value) == ("iframe", "")]
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"

    assert not {"script", "link", "img", "object", "embed", "base"} & set(reader.tags)
    assert frames == ["sandbox"]
    assert not [
        name for _, name, _ in reader.attributes if name.startswith(("on", "href", "src="))
    ]
    assert ("meta", "content", policy) in reader.attributes


def test_hostile_texts_stay_texts() -> None:
    """A name, segment, id or reason full of markup and expressions is shown as written."""
    row = sent_row(
        subject=HOSTILE, message=HOSTILE, html=HOSTILE, segment=HOSTILE, why_what=HOSTILE
    )
    plan = make_plan({HOSTILE: row, "C2": held_row(reason=HOSTILE, detail=HOSTILE)})
    harmless = make_plan({"C1": sent_row(), "C2": held_row()})
    reader = Reader(plan.preview_html())

    assert reader.tags == Reader(harmless.preview_html()).tags
    assert ("iframe", "srcdoc", HOSTILE) in reader.attributes
    assert reader.text.count(HOSTILE) == 7
    assert "1337" not in reader.text


def test_every_kind_is_shown_before_any_is_shown_twice() -> None:
    """With room for three, three kinds of message are shown, sent ones before held-out ones."""
    rows = {
        f"C{number}": sent_row(f"N{number}", segment=segment, decision=decision)
        for number, (segment, decision) in enumerate(
            [("A", "send"), ("A", "send"), ("A", "send"), ("B", "hold-out"), ("C", "send")]
        )
    }
    page = make_plan(rows).preview_html(3)
    shown = re.findall(r"<b>We miss you, (N\d)</b>", page)

    assert shown == ["N0", "N4", "N3"]
    assert "Examples of messages (3; 4 will be sent); each segment" in page


def test_parts_that_are_not_there() -> None:
    """Messages without subject, HTML or zone are shown without them."""
    page = make_plan(
        {"C1": sent_row(subject=None, html=None, timezone=None, why_who=None)}
    ).preview_html()

    assert "(no subject)" in page
    assert "<iframe" not in page
    assert "Mon 2011-12-12 11:17 UTC" in page


def test_a_plan_that_sends_nothing() -> None:
    """A plan of held customers only, without a sender, says that it sends nothing."""
    page = make_plan({"C1": held_row(detail=None)}, sender=None).preview_html()

    assert "This plan sends nothing." in page
    assert ", from " not in page


def test_it_is_saved_as_utf_8(tmp_path: Path) -> None:
    """The page on disk is the page, Korean names included."""
    plan = make_plan({"C1": sent_row("민아")})
    plan.save_preview(tmp_path / "preview.html", n=1)

    assert (tmp_path / "preview.html").read_text(encoding="utf-8") == plan.preview_html(1)
    assert "We miss you, 민아" in plan.preview_html(1)


def test_only_the_owner_can_read_the_page(plan: Plan, tmp_path: Path) -> None:
    """The page holds names and texts, so it is as closed as the plan itself."""
    plan.save_preview(tmp_path / "preview.html")

    assert (tmp_path / "preview.html").stat().st_mode & 0o777 == 0o600


def test_how_many_can_be_shown(plan: Plan) -> None:
    """At least one message is asked for."""
    with pytest.raises(InvalidParameterError, match="n must be 1 or more, got 0"):
        plan.preview_html(0)


def test_the_policy_is_read_back(plan: Plan) -> None:
    """The plan carries the rules that it was made under."""
    assert plan.policy.jurisdictions == ("KR",)
