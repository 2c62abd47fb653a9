"""Korean and English: the same texts with the same places, and the reader chooses."""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

import pytest

from crmlib.exceptions import InvalidParameterError
from crmlib.messages import MEDIA
from crmlib.web import Brand
from crmlib.web._texts import Texts, read_texts

if TYPE_CHECKING:
    from web_shop import Shop

TEXTS = read_texts()


def test_both_languages_say_the_same_things() -> None:
    """Each text is there in both, with the same places in it."""
    places = {
        language: {
            key: sorted({name for _, name, _, _ in Formatter().parse(text) if name})
            for key, text in texts.items()
        }
        for language, texts in TEXTS.items()
    }

    assert set(TEXTS) == {"ko", "en"}
    assert places["ko"] == places["en"]


def test_korean_texts_are_in_korean() -> None:
    """And English ones are not."""
    korean = re.compile("[가-힣]")

    assert [key for key, text in TEXTS["ko"].items() if not korean.search(text)] == []
    assert [key for key, text in TEXTS["en"].items() if korean.search(text)] == []


def test_each_medium_has_a_name() -> None:
    """One that only a policy of yours knows is called by none."""
    for language in TEXTS:
        texts = Texts(language)
        names = {texts.of_medium(medium, "by_") for medium in (*MEDIA, "fax")}

        assert len(names) == len(MEDIA) + 1


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("", "ko"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,en;q=0.5,ko;q=0.8", "ko"),
        ("fr", "ko"),
        ("en;q=0", "ko"),
        ("EN-us, *;q=0.1", "en"),
        ("en;q=2,,;", "ko"),
        ("a" * 5_000, "ko"),
    ],
    ids=["none", "en", "region", "weights", "other", "refused", "case", "broken", "long"],
)
def test_the_browser_says_which_language(shown: Shop, wish: str, language: str) -> None:
    """The brand's own stands for what it does not say."""
    answer = shown.client.get(shown.link(), headers={"Accept-Language": wish})

    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language


def test_a_language_that_was_chosen_stays(shop: Shop) -> None:
    """Links and forms of the page carry it on."""
    page = shop.client.get(f"{shop.link()}?lang=en").text
    done = shop.client.post(f"{shop.link()}?lang=en", data={"scope": "medium"}).text

    assert f'action="{shop.link()}?lang=en"' in page
    assert f'href="{shop.link()}/preferences?lang=en"' in page
    assert f'href="{shop.link()}?lang=ko"' in page
    assert "You are unsubscribed" in done
    assert '<html lang="ko">' in shop.client.get(f"{shop.link()}?lang=fr").text


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("name", "two\nlines", "one line of text"),
        ("name", "\u200b\u200e \ufeff", "one line of text"),
        ("email", " ", "one line of text"),
        ("privacy_url", "javascript:alert(1)", "a web address: https://"),
        ("language", "fr", r"one of \['ko', 'en'\]"),
    ],
)
def test_a_brand_is_what_can_be_shown(field: str, value: str, expected: str) -> None:
    """What would break a page is refused before there is one."""
    with pytest.raises(InvalidParameterError, match=f"{field} must be {expected}"):
        Brand(**{"name": "달빛 상점", "email": "help@example.com", field: value})


def test_a_brand_is_text_and_no_markup(shown: Shop) -> None:
    """What stands in a setting is shown as it is written."""
    assert "<b>" not in shown.client.get("/o/<b>").text
