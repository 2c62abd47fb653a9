"""Money, numbers and days are written as the reader of the text writes them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from babel.numbers import format_currency, format_decimal
from hypothesis import given, settings
from hypothesis import strategies as st
from test_template_planner import audience_of, plan_one

from crmlib.exceptions import TemplateError
from crmlib.planners import Template
from crmlib.planners._number_texts import money_texts, number_texts

LOCALES = ("en", "en-GB", "de", "fr", "ja", "pt-BR", "hi", "es", "pl", "de-CH")


def write(field: str, *values: Any, locale: str = "ko", **columns: Any) -> list[str | None]:
    """Give what stands for *field* in a text of *locale*, or the problem."""
    audience = audience_of(*values, **columns)
    messages = plan_one(Template(body=f"[{field}]", locale=locale), audience)
    texts = messages["body"].where(messages["body"].notna(), messages["problem"])
    return [text.removeprefix("[").removesuffix("]") for text in texts]


@pytest.mark.parametrize(
    ("locale", "currency", "value", "text"),
    [
        ("ko", "KRW", 12000.0, "12,000원"),
        ("ko-KR", "KRW", 1234567, "1,234,567원"),
        ("ko", "KRW", -500, "-500원"),
        ("ko", "USD", 12.5, "US$12.50"),
        ("en", "KRW", 12000, "₩12,000"),
        ("en-US", "USD", 1234.5, "$1,234.50"),
        ("en-GB", "GBP", 0, "£0.00"),
        ("en", "JPY", 980, "¥980"),
        ("de", "EUR", 1234.5, "1.234,50\xa0€"),
    ],
)
def test_money(locale: str, currency: str, value: float, text: str) -> None:
    """Won have no decimals and follow the number in Korean; others as CLDR has them."""
    assert write(f"{{name:money {currency}}}", value, locale=locale) == [text]


def test_money_of_the_column_currency() -> None:
    """Without a currency of its own a field takes that of the customer."""
    told = write("{name:money}", 1000, 5, 5, 5, currency=["KRW", "usd ", None, "XXY"])

    assert told[:2] == ["1,000원", "US$5.00"]
    assert told[2] == told[3]
    assert str(told[2]).startswith("has no currency for {name:money}; write {name:money KRW}")
    assert str(write("{name:money}", 1)[0]).startswith("has no currency for")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"), (0.5, "0.5"), (1234.567, "1,234.57"), (3.0, "3"), ("12", "12"),
        (Decimal("2.50"), "2.5"), (-1234, "-1,234"), (1e16, "10,000,000,000,000,000"),
    ],
    ids=str,
)  # fmt: skip
def test_numbers(value: Any, text: str) -> None:
    """Thousands are marked, and decimals are two at most."""
    assert write("{name:number}", value, locale="en") == [text]


@pytest.mark.parametrize("field", ["{name:number}", "{name:money KRW}"])
def test_what_is_no_number(field: str) -> None:
    """A value that is no number holds its row, and no other; a missing one takes the fallback."""
    told = write(field, "twelve", 1)

    assert told[0] == f"has a value for {field} that is no number"
    assert told[1] is not None
    assert told[1].startswith("1")
    assert write("{name:number|none}", None, 2.0, np.nan, np.inf, " ")[::2] == ["none"] * 3
    assert str(write("{name:number}", None)[0]).startswith("needs {name}, which is missing")


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(-1e7, 1e16, allow_subnormal=False) | st.integers(0, 10**9), min_size=1),
    st.sampled_from(LOCALES),
    st.sampled_from(["KRW", "USD", "EUR", "KWD"]),
)
def test_the_short_way_is_that_of_babel(values: list[float], locale: str, currency: str) -> None:
    """What Python writes with the signs of a locale is what Babel writes."""
    numbers = np.array(values, dtype=float) + 0.0  # none of them -0
    spelt = locale.replace("-", "_")

    assert money_texts(numbers, currency, locale) == [
        format_currency(value, currency, locale=spelt) for value in numbers.tolist()
    ]
    assert number_texts(numbers, locale) == [
        format_decimal(value, "#,##0.##", locale=spelt) for value in numbers.tolist()
    ]


@pytest.mark.parametrize(
    ("field", "locale", "text"),
    [
        ("{name:date}", "ko", "2026년 11월 22일"),
        ("{name:date}", "en-US", "November 22, 2026"),
        ("{name:date}", "en-GB", "22 November 2026"),
        ("{name:day}", "ko", "11월 22일"),
        ("{name:day}", "en-GB", "22 November"),
    ],
)
@pytest.mark.parametrize(
    "value",
    [date(2026, 11, 22), datetime(2026, 11, 22, 23, 59), "2026-11-22", pd.Timestamp("2026-11-22")],  # noqa: DTZ001 -- local
    ids=lambda value: type(value).__name__,
)
def test_days(field: str, locale: str, text: str, value: Any) -> None:
    """A day is written as the language of the text writes it, with or without its year."""
    assert write(field, value, locale=locale) == [text]


def test_days_by_the_customers_clock_and_country() -> None:
    """An instant is a day of the customer's zone; the locale decides within the language."""
    at = pd.to_datetime(["2026-11-22T20:00Z"] * 4 + [None])
    told = write(
        "{at:date|never}",
        *"abcde",
        locale="en",
        at=at,
        timezone=["Asia/Seoul", "America/New_York", None, "Mars/Base", "Asia/Seoul"],
    )
    british = audience_of("x", at=at[:1], locale="en-GB", timezone="Asia/Seoul")
    korean = british.assign(locale="ko-KR")
    template = Template(body="{at:date}")

    assert told[:3] == ["November 23, 2026", "November 22, 2026", "November 22, 2026"]
    assert told[3] == (
        "has a value for {at:date} that is no day such as 2011-12-10, or a timezone that there "
        "is not"
    )
    assert told[4] == "never"
    assert plan_one(template, british)["body"].tolist() == ["23 November 2026"]
    assert plan_one(template, korean)["body"].tolist() == ["November 23, 2026"]
    dated = plan_one(Template(body="{at:date}에"), british)
    assert dated["body"].tolist() == ["2026년 11월 23일에"]


def test_days_without_a_zone_and_in_a_language_that_nobody_knows() -> None:
    """A local time is a day as it stands; an unknown language is written as English is."""
    told = write(
        "{name|}{at:date}, {at}", "", locale="xx", at=pd.to_datetime(["2026-11-22 23:59"])
    )

    assert told == ["November 22, 2026, 2026-11-22"]


@pytest.mark.parametrize("value", ["soon", "2026-13-01", "22.11.2026"])
def test_what_is_no_day(value: str) -> None:
    """A value that is no day holds its row."""
    assert str(write("{name:date}", value)[0]).startswith("has a value for {name:date} that is no")
    assert write("{name:date|-}", None, " ", "2026-11-22") == ["-", "-", "2026년 11월 22일"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{price:mony}", r"whose format 'mony' there is not \(did you mean 'money'\?\) at line 1"),
        ("\n {price:}", "whose format '' there is not at line 2, column 2"),
        ("{price:money XYZ}", "in which 'XYZ' is no currency of money, such as KRW"),
        ("{price:money krw}", "in which 'krw' is no currency"),
        ("{price:date KRW}", "in which 'KRW' is no currency"),
        ("{price:을/를:money}", "with more than one format, or a format behind the particle"),
        ("{price:money:number}", "with more than one format"),
        ("{:을/를}", "has '{:을/를}' with no field right before it"),
        ("{name} and {:을/를}", "with no field right before it"),
        ("{name}{:xx}", "has '{:xx}', which is no merge field"),
        ("{name}{:을/를|x}", "which is no merge field"),
    ],
    ids=str,
)
def test_malformed_formats(body: str, problem: str) -> None:
    """A format that there is not is found when the template is made, with line and column."""
    with pytest.raises(TemplateError, match=problem):
        Template(body=body)


@pytest.mark.parametrize(
    ("button", "problem"),
    [
        ({"button_label": "Go"}, "has a button without address"),
        ({"button_url": "https://x.example/"}, "has a button without label"),
        ({"button_label": "G\no", "button_url": "https://x.example/"}, "in its button label"),
        ({"button_label": "Go", "button_url": "x.example"}, "address is no web address"),
        ({"button_label": "Go", "button_url": "javascript:alert(1)"}, "is no web address"),
        ({"button_label": "Go", "button_url": "https://{name}"}, "site a field could choose"),
        ({"button_label": "Go", "button_url": "https://x.{name}/"}, "site a field could choose"),
    ],
    ids=str,
)
def test_buttons_that_cannot_be(button: dict[str, str], problem: str) -> None:
    """A button is whole, and its site the author's own choice."""
    with pytest.raises(TemplateError, match=problem):
        Template(body="x", **button)


def test_buttons() -> None:
    """Values are plain on a button and percent-encoded in its address."""
    template = Template(
        body="x", button_label="For {name|you}", button_url="https://x.example/?q={name|}&a=1"
    )
    messages = plan_one(template, audience_of("<a> &b", None))

    assert messages["button_label"].tolist() == ["For <a> &b", "For you"]
    assert messages["button_url"].tolist() == [
        "https://x.example/?q=%3Ca%3E%20%26b&a=1",
        "https://x.example/?q=&a=1",
    ]
