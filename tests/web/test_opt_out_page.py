"""The page behind the opt-out link: a GET shows, a POST acts."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from web_shop import KEYS, NOW

from crmlib.delivery import list_answers, list_notices
from crmlib.opt_out_links import OptOutKeys

if TYPE_CHECKING:
    from collections.abc import Callable

    from web_shop import Shop

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_looking_at_a_link_changes_nothing(shop: Shop) -> None:
    """Link scanners GET and HEAD every link; the recipient stays."""
    for method in ("GET", "HEAD", "GET"):
        assert shop.client.request(method, shop.link()).status_code == 200

    assert list_answers(shop.ledger).empty
    assert shop.send("next") == {"C1": "accepted", "C2": "accepted"}


def test_one_click_works_at_the_next_claim(any_shop: Shop) -> None:
    """RFC 8058: a POST without cookies or proof; the next campaign does not reach them."""
    answer = any_shop.client.post(any_shop.link(), data=ONE_CLICK)

    assert answer.status_code == 200
    assert not answer.history
    assert any_shop.send("next") == {"C1": "blocked", "C2": "accepted"}


def test_a_second_post_is_harmless(shop: Shop) -> None:
    """It is answered alike, and kept once."""
    answers = [shop.client.post(shop.link(), data=ONE_CLICK).text for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(list_answers(shop.ledger)) == 1


def test_what_is_kept_says_when_how_and_what_was_shown(shop: Shop) -> None:
    """A withdrawal has its time, source and the version of the text."""
    fields = {**ONE_CLICK, "scope": "medium"}
    shop.client.post(shop.link(), data=fields, headers={"Accept-Language": "en"})
    (row,) = list_answers(shop.ledger).to_dict("records")

    assert row["customer_id"] == "C1"
    assert (row["channel"], row["purpose"], row["granted"]) == ("email", "advertising", False)
    assert row["at"] == NOW
    assert row["source"] == "opt-out page"
    assert row["wording"].startswith("opt_out.question/en/")


def test_an_old_link_works(shop: Shop) -> None:
    """Two years later, and after the keys were rotated."""
    shop.clock.advance(days=731)

    assert shop.client.post(shop.link(), data=ONE_CLICK).status_code == 200
    assert list_answers(shop.ledger)["at"].to_list() == [NOW + timedelta(days=731)]


def _alter(token: str) -> str:
    return ("B" if token[20] == "A" else "A").join([token[:20], token[21:]])


def _without_address(page: str) -> str:
    return re.sub(r'href="/o/[^"]*"', "", page)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(_alter, id="altered"),
        pytest.param(lambda token: token[:-1], id="cut"),
        pytest.param(lambda _: OptOutKeys.generate().sign("0" * 32), id="wrong key"),
        pytest.param(lambda _: KEYS.sign("0" * 32), id="no such message"),
        pytest.param(lambda _: "a", id="none"),
        pytest.param(lambda token: token + "%0A", id="line end"),
    ],
)
def test_bad_links_are_refused_alike(shown: Shop, make: Callable[[str], str]) -> None:
    """Whatever is wrong, the answer is the same: nobody learns from trying."""
    token = make(shown.link().rpartition("/")[2])
    plain = shown.client.get("/o/x")
    answers = [shown.client.get(f"/o/{token}"), shown.client.post(f"/o/{token}", data=ONE_CLICK)]

    for answer in answers:
        assert answer.status_code == plain.status_code == 404
        assert _without_address(answer.text) == _without_address(plain.text)
    assert list_answers(shown.ledger).empty


def test_the_page_shows_what_was_recorded(shop: Shop) -> None:
    """Sender, fact, date where the brand is, and result; so it is the notice that the law asks."""
    shop.clock.advance(hours=13)  # in Seoul it is the day after
    page = shop.client.post(f"{shop.link()}?lang=en", data={"scope": "all"}).text
    shop.client.post(shop.link("C2"), data=ONE_CLICK)
    cells = re.findall(r"<d[td]>(.*?)</d[td]>", page)

    assert cells == [
        *("Sender", "달빛 상점"),
        "Your choice",
        "Advertising by any means: you refuse, or withdraw your consent",
        *("Made on", "2026-11-25"),
        *("Result", "Recorded, and in force from now on."),
    ]
    assert list_notices(shop.ledger)["customer_id"].to_list() == ["C1"]  # C2 saw no page
