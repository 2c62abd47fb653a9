"""Korean particles follow what the word before them ends on when it is read."""

from __future__ import annotations

import unicodedata

import pytest
from test_template_planner import audience_of

from crmlib.planners import Template, TemplatePlanner
from crmlib.planners._particles import PARTICLES, add_particle, choose_form, find_ending


def test_every_syllable() -> None:
    """Of 11,172 syllables 399 have no final consonant, and 399 end in ㄹ."""
    endings = [find_ending(chr(code)) for code in range(0xAC00, 0xD7A4)]

    assert endings.count("vowel") == 399
    assert endings.count("rieul") == 399
    assert endings.count("consonant") == 11_172 - 2 * 399


@pytest.mark.parametrize(
    ("spelt", "after_consonant", "after_vowel"),
    [
        ("을/를", "가방을", "셔츠를"),
        ("이/가", "가방이", "셔츠가"),
        ("은/는", "가방은", "셔츠는"),
        ("과/와", "가방과", "셔츠와"),
        ("와/과", "가방과", "셔츠와"),
        ("을(를)", "가방을", "셔츠를"),
        ("(으)로", "가방으로", "셔츠로"),
        ("으로/로", "가방으로", "셔츠로"),
        ("이나/나", "가방이나", "셔츠나"),
        ("이랑/랑", "가방이랑", "셔츠랑"),
        ("아/야", "가방아", "셔츠야"),
    ],
)
def test_pairs(spelt: str, after_consonant: str, after_vowel: str) -> None:
    """Each particle has a form after a consonant and one after a vowel, however it is spelt."""
    assert add_particle("가방", PARTICLES[spelt]) == after_consonant
    assert add_particle("셔츠", PARTICLES[spelt]) == after_vowel


@pytest.mark.parametrize(
    ("word", "to"),
    [("서울", "로"), ("7", "로"), ("L", "로"), ("부산", "으로"), ("제주", "로"), ("style", "로")],
)
def test_to_after_rieul(word: str, to: str) -> None:
    """(으)로 takes ㄹ for a vowel."""
    assert choose_form(word, PARTICLES["(으)로"]) == to


@pytest.mark.parametrize(
    ("word", "form"),
    [
        # digits, as Sino-Korean numbers
        *((digit, "을") for digit in "0136780"),
        *((digit, "를") for digit in "2459"),
        ("12,000", "을"), ("2.5", "를"), ("1000000000000", "를"), ("2.000000000000", "을"),
        ("000000000000", "을"),
        # units behind a number
        ("500ml", "를"), ("100g", "을"), ("50%", "를"), ("3 kg", "을"), ("12,000원", "을"),
        # capitals one by one, other words by their spelling
        ("USB", "를"), ("SKT", "를"), ("BMW", "를"), ("XL", "을"), ("M", "을"), ("CRM", "을"),
        ("NIKE", "를"), ("nike", "를"), ("jacket", "을"), ("coat", "를"), ("top", "을"),
        ("black", "을"), ("book", "을"), ("style", "을"), ("iPhone", "을"), ("ring", "을"),
        ("skirt", "를"), ("bank", "를"), ("x", "를"), ("sweater", "를"),
        # brackets and marks are not counted
        ("셔츠(블랙)", "를"), ("가방 [대]", "을"), ("'셔츠'", "를"), ("셔츠!", "를"),
        ("(가방)", "을"),
        ("가방(대)(소)", "을"), ("셔츠_", "를"),
        # nobody can tell: both
        ("金", "을(를)"), ("★", "을(를)"), ("カバン", "을(를)"), ("😀", "을(를)"), ("", ""),
        (unicodedata.normalize("NFD", "가방"), "을"),
    ],
)  # fmt: skip
def test_how_words_are_read(word: str, form: str) -> None:
    """The stated rules on digits, units, Latin letters, brackets and the rest."""
    assert choose_form(word, PARTICLES["을/를"]) == form


def test_particles_in_a_template() -> None:
    """A particle follows the value, its format or its fallback, or stands alone after a quote."""
    template = Template(
        body="{name:을/를|상품} <{name:과/와|}> '{name|상품}'{:이/가} {n:number:은/는}",
        html="<b>{name|상품}</b>{:으로/로}",
    )
    audience = audience_of("셔츠", "가방 <대>", None, n=[1, 1000, 2])
    messages = TemplatePlanner({"default": template}).plan(audience, medium="email")

    assert messages["body"].tolist() == [
        "셔츠를 <셔츠와> '셔츠'가 1은",
        "가방 <대>를 <가방 <대>와> '가방 <대>'가 1,000은",
        "상품을 <> '상품'이 2는",
    ]
    assert messages["html"].tolist() == [
        "<b>셔츠</b>로",
        "<b>가방 &lt;대&gt;</b>로",
        "<b>상품</b>으로",
    ]
