"""The preference page: each medium and purpose by itself, and nothing guessed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from crmlib.delivery import list_answers, list_notices
from crmlib.tables import check_consents

if TYPE_CHECKING:
    from web_shop import Shop


def read_proof(page: str) -> str:
    """Give what the form carries to prove that it is ours."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found
    return found[1]


def save(shop: Shop, **said: str) -> str:
    """Answer as *said*, each question written ``email_advertising``, and give the page."""
    path = f"{shop.link()}/preferences"
    fields = {name.replace("_", "."): value for name, value in said.items()}
    proof = {"form_token": read_proof(shop.client.get(path).text)}
    answer = shop.client.post(path, data=fields | proof)
    assert answer.status_code == 200
    return answer.text


def checked(page: str) -> dict[str, str]:
    """Give the answers that the page shows as chosen."""
    return dict(re.findall(r'name="([a-z.]+)" value="(yes|no)" checked', page))


def test_nothing_is_chosen_that_nobody_said(shop: Shop) -> None:
    """A box that is ticked beforehand is no consent."""
    page = shop.client.get(f"{shop.link()}/preferences").text

    assert checked(page) == {}
    assert page.count("<fieldset>") == 5  # e-mail, texts and KakaoTalk; the night for two
    assert "email.night" not in page


def test_each_answer_is_kept_by_itself(shop: Shop) -> None:
    """What was not answered stays as it is, and what was said is shown again."""
    shop.ledger.record_consents(
        pd.DataFrame(
            {
                "customer_id": ["C1"],
                "channel": ["email"],
                "purpose": ["advertising"],
                "granted": [True],
                "at": ["2026-01-05T00:00Z"],
            }
        )
    )
    before = checked(shop.client.get(f"{shop.link()}/preferences").text)
    page = save(shop, sms_advertising="yes", sms_night="no", kakao_advertising="no")
    kept = check_consents(list_answers(shop.ledger))

    assert before == {"email.advertising": "yes"}
    assert checked(page) == before | {
        "sms.advertising": "yes",
        "sms.night": "no",
        "kakao.advertising": "no",
        "kakao.night": "no",  # goes with it
    }
    assert kept[["channel", "purpose", "granted"]].to_dict("split")["data"] == [
        ["sms", "advertising", True],
        ["sms", "night", False],
        ["kakao", "advertising", False],
    ]
    assert set(kept["source"]) == {"preference page"}
    assert kept["wording"].str.contains(r"^preferences\.(?:advertising|night)/ko/\w{8}$").all()


def test_saying_the_same_again_is_not_kept_again(shop: Shop) -> None:
    """A log of answers holds changes, not clicks."""
    for _ in range(2):
        save(shop, sms_advertising="no")

    assert len(list_answers(shop.ledger)) == 1


def test_who_refuses_advertising_has_no_night(shop: Shop) -> None:
    """A yes to the night beside a no to advertising is no yes."""
    page = save(shop, sms_advertising="no", sms_night="yes")

    assert checked(page)["sms.night"] == "no"
    assert list_answers(shop.ledger)["purpose"].to_list() == ["advertising"]


def test_who_comes_back_is_written_to_again(any_shop: Shop) -> None:
    """Opted out by one click, back by the preference page: the next claim knows both."""
    any_shop.client.post(any_shop.link(), data={"List-Unsubscribe": "One-Click"})
    blocked = any_shop.send("second")
    any_shop.clock.advance(days=2)
    page = save(any_shop, email_advertising="yes")

    assert blocked["C1"] == "blocked"
    assert checked(page)["email.advertising"] == "yes"
    assert any_shop.send("third")["C1"] == "accepted"


def test_everything_can_be_refused_at_once(shop: Shop) -> None:
    """The second button of the opt-out page speaks of all media, also after some were granted."""
    save(shop, sms_advertising="yes")
    shop.clock.advance(hours=1)
    shop.client.post(shop.link(), data={"List-Unsubscribe": "One-Click", "scope": "all"})
    page = shop.client.get(f"{shop.link()}/preferences").text

    assert set(checked(page).values()) == {"no"}
    assert list_answers(shop.ledger)["channel"].to_list() == ["sms", "*"]
    assert shop.send("next")["C1"] == "blocked"


def test_answers_to_no_question_are_left(shop: Shop) -> None:
    """What the page did not ask, or not so, is nobody's answer."""
    save(shop, fax_advertising="yes", email_night="yes", email_advertising="maybe", sms_night="")

    assert list_answers(shop.ledger).empty


@pytest.mark.parametrize(
    ("proof", "headers"),
    [
        ("", {}),
        ("1.x", {}),
        ("x.x", {}),
        ("가.나", {}),
        (None, {"Sec-Fetch-Site": "cross-site"}),
        (None, {"Sec-Fetch-Site": "same-site"}),
        (None, {"Origin": "https://evil.example"}),
    ],
    ids=["none", "forged", "no-time", "letters", "cross-site", "same-site", "other-origin"],
)
def test_forms_from_elsewhere_are_refused(
    shown: Shop, proof: str | None, headers: dict[str, str]
) -> None:
    """Who has a link can be sent to it by another site, and nothing happens."""
    path = f"{shown.link()}/preferences"
    ours = read_proof(shown.client.get(path).text)
    fields = {"form_token": ours if proof is None else proof, "email.advertising": "no"}
    answer = shown.client.post(path, data=fields, headers=headers)

    assert answer.status_code == 403
    assert list_answers(shown.ledger).empty


def test_a_form_is_for_one_link_and_a_while(shop: Shop) -> None:
    """The proof of another link, another form or the day before is none."""
    path = f"{shop.link()}/preferences"
    wrong = [
        read_proof(shop.client.get(f"{shop.link('C2')}/preferences").text),
        read_proof(shop.client.get(f"{shop.link()}/erasure").text),
    ]
    old = read_proof(shop.client.get(path).text)
    answers = [shop.client.post(path, data={"form_token": proof}) for proof in wrong]
    good = shop.client.post(path, data={"form_token": old}, headers={"Origin": "null"})
    shop.clock.advance(hours=2, seconds=1)
    answers.append(shop.client.post(path, data={"form_token": old}))

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert good.status_code == 200


def test_the_page_shows_each_answer_that_it_recorded(shop: Shop) -> None:
    """One fact for each, and none where nothing was said."""
    said = save(shop, sms_advertising="yes", sms_night="no")
    nothing = save(shop)

    assert re.findall(r"<dd>(.*?)</dd>", said) == [
        "달빛 상점",
        "문자로 받는 광고: 수신 동의",
        "밤 9시부터 다음 날 아침 8시 사이에 문자로 받는 광고: 수신 거부 (동의 철회)",
        "2026년 11월 24일",
        "처리 완료: 지금부터 적용됩니다.",
    ]
    assert "<dd>" not in nothing
    assert set(list_notices(shop.ledger)["duty"]) == {"result-notice"}
