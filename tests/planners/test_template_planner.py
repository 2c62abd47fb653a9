"""The right template for each customer, filled in, or a sentence that says why not."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError, MissingColumnsError
from crmlib.planners import Template, TemplatePlanner
from crmlib.segmenters import Rule, RuleSegmenter


def audience_of(*names: object, segment: str = "A", **columns: Any) -> pd.DataFrame:
    """Give an audience of one segment in which people have *names*."""
    index = pd.Index([f"C{number}" for number in range(1, len(names) + 1)], name="customer_id")
    given_columns = {"segment": segment, "name": pd.Series(names, index=index, dtype=object)}
    return pd.DataFrame(given_columns | columns, index=index)


def plan_one(template: Template, audience: pd.DataFrame) -> pd.DataFrame:
    """Plan with one template for all."""
    return TemplatePlanner({"default": template}).plan(audience, medium="email")


def test_female_students_who_buy_tops() -> None:
    """Female students in their twenties who often buy tops hear of bottoms that go with them."""
    index = pd.Index(["C1", "C2", "C3", "C4"], name="customer_id")
    customers = pd.DataFrame(
        {
            "name": ["Mina", "Ann", "Bob", "Jiwoo"],
            "locale": ["ko-KR", "en-GB", "en-US", "ko"],
            "gender": ["female", "female", "male", "female"],
            "age_band": ["20s", "20s", "20s", "30s"],
            "occupation": ["student"] * 4,
            "favourite_category": ["tops"] * 4,
            "last_product_name": ["linen blouse", "striped tee", "polo", "cardigan"],
        },
        index=index,
    )
    who = "Female students in their 20s who often buy tops"
    segmenter = RuleSegmenter(
        [
            Rule(
                who,
                where=(
                    ("gender", "==", "female"),
                    ("age_band", "==", "20s"),
                    ("occupation", "==", "student"),
                    ("favourite_category", "==", "tops"),
                ),
            )
        ]
    )
    planner = TemplatePlanner(
        {
            who: Template(
                subject="Bottoms that go with the tops you bought",
                body="Hello {name|there}, here are bottoms that go with your {last_product_name}.",
            ),
            (who, "ko"): Template(
                subject="지난번에 구매하신 상의와 어울리는 하의",
                body="{name|고객}님, {last_product_name}에 어울리는 하의를 모았어요.",
            ),
        }
    )
    audience = customers.assign(segment=segmenter.fit_predict(customers))
    messages = planner.fit(pd.DataFrame()).plan(audience, medium="email")

    assert messages["subject"].tolist() == [
        "지난번에 구매하신 상의와 어울리는 하의",
        "Bottoms that go with the tops you bought",
        None,
        None,
    ]
    assert messages["body"].tolist() == [
        "Mina님, linen blouse에 어울리는 하의를 모았어요.",
        "Hello Ann, here are bottoms that go with your striped tee.",
        None,
        None,
    ]
    assert messages.loc["C1", "why"] == f"template '{who} (ko)' is for the segment {who} in ko"
    assert messages.loc["C3", "problem"].startswith(
        "no template is for the segment 'Others', the locale 'en-US' and email, and none is the "
        "default"
    )


def test_the_closest_template_wins() -> None:
    """Segment goes before default, and a full locale before its language."""
    keys: list[Any] = [("A", "ko-KR"), ("A", "ko"), "A", ("default", "ko"), "default"]
    templates = {key: Template(body=str(key)) for key in keys}
    audience = pd.DataFrame(
        {
            "segment": ["A", "A", "A", "B", "B", None, "A", "A"],
            "locale": ["ko_kr", "ko-KP", "en", "ko-KR", "en", None, None, "ko-Hang-KR"],
        },
        index=pd.Index(list("12345678"), name="customer_id"),
    )
    bodies = TemplatePlanner(templates).plan(audience, medium="sms")["body"].tolist()

    assert bodies == [str(keys[at]) for at in (0, 1, 2, 3, 4, 4, 2, 1)]


def test_a_customer_without_a_locale_where_each_template_has_one() -> None:
    """The problem says both ways out, and only where they help."""
    planner = TemplatePlanner({("A", "ko"): Template(body="a")})

    nobody, other = (
        planner.plan(audience_of("x", segment=segment), medium="sms").loc["C1", "problem"]
        for segment in ("A", "B")
    )

    assert nobody.endswith(
        "; add a template without a locale, or a locale to the profile of the customer"
    )
    assert other.endswith("there are 'A (ko)'")


def test_why_names_the_template_and_the_choice() -> None:
    """The reason says which template, and whether it is the segment's own or the default."""
    templates: dict[Any, Template] = {
        "A": Template(body="a", name="winback"),
        ("default", "ko"): Template(body="b"),
    }
    audience = audience_of("x", locale="ko")
    planner = TemplatePlanner(templates)
    own = planner.plan(audience, medium="sms").loc["C1"]
    other = planner.plan(audience.assign(segment="B"), medium="sms").loc["C1"]

    assert (own["template"], own["why"]) == (
        "winback",
        "template 'winback' is for the segment A",
    )
    assert (other["template"], other["why"]) == (
        "default (ko)",
        "template 'default (ko)' is the default in ko: none is for the segment B",
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Mina", "Mina"),
        (3, "3"),
        (3.0, "3"),
        (12.5, "12.50"),
        (1e6, "1000000"),
        (date(2011, 12, 9), "2011-12-09"),
        (pd.Timestamp("2011-12-09 23:59"), "2011-12-09"),
        (True, "True"),
    ],
    ids=str,
)
def test_how_values_are_written(value: object, text: str) -> None:
    """Days are ISO days, whole numbers have no decimals, others two."""
    messages = plan_one(Template(body="[{name}]"), audience_of(value))

    assert messages["body"].tolist() == [f"[{text}]"]


def test_whole_numbers_of_a_column() -> None:
    """A column of whole numbers is written without decimals, with or without gaps in it."""
    audience = audience_of("a", "b", n=[3, 1200])
    gaps = audience.assign(n=pd.array([3, None], dtype="Int64"))
    template = Template(body="{n|none}")

    assert plan_one(template, audience)["body"].tolist() == ["3", "1200"]
    assert plan_one(template, gaps)["body"].tolist() == ["3", "none"]


def test_instants_are_days_of_the_customers_own_calendar() -> None:
    """At 15:30 UTC it is the next day in Seoul already."""
    at = pd.to_datetime(["2011-12-09T15:30Z"] * 3)
    audience = audience_of("a", "b", "c", last_purchase_at=at)
    template = Template(body="{last_purchase_at}")
    zoned = audience.assign(timezone=["Asia/Seoul", "Europe/London", None])

    assert plan_one(template, audience)["body"].tolist() == ["2011-12-09"] * 3
    assert plan_one(template, zoned)["body"].tolist() == ["2011-12-10", "2011-12-09", "2011-12-09"]


def test_a_medium_of_its_own() -> None:
    """At each step a template for the medium goes before one for all media."""
    keys: list[Any] = [("A", "ko", "sms"), ("A", None, "sms"), ("A", "ko")]
    keys.append(("default", None, "sms"))
    planner = TemplatePlanner({key: Template(body=str(key)) for key in keys})
    audience = audience_of("a", "b", "c", locale=["ko-KR", "en", "ko"])
    audience["segment"] = ["A", "A", "B"]

    assert planner.plan(audience, medium="sms")["body"].tolist() == [
        str(keys[at]) for at in (0, 1, 3)
    ]
    told = planner.plan(audience, medium="email")
    assert told["body"].tolist()[0] == str(keys[2])
    assert told.loc["C2", "problem"].startswith(
        "no template is for the segment 'A', the locale 'en' and email, and none is the default; "
        "there are 'A (ko, sms)', 'A (sms)'"
    )


def test_messages_can_be_read_before_there_is_a_plan() -> None:
    """A preview shows each template once before any twice, and why some get nothing."""
    planner = TemplatePlanner({
        "A": Template(body="a {name}\x1b", subject="s", html="<p>x</p>"),
        "B": Template(body="b", button_label="Look", button_url="https://shop.example/"),
    })  # fmt: skip
    audience = audience_of("x", "y", "z", None)
    audience.loc["C3", "segment"] = "B"
    shown = planner.preview(audience, medium="email", n=2)

    assert "C1 gets 'A'\nSubject: s\n\na x\\x1b\n\n(and an HTML part of 8 characters)" in shown
    assert "C3 gets 'B'\n\nb\n\n[Look] https://shop.example/\n\nWhy: template 'B' is" in shown
    assert "C2" not in shown
    assert "3 of 4 customers get a message; 1 is held: needs {name}, which is missing" in shown
    assert shown.endswith("(C4)")
    everybody = planner.preview(audience.head(3), medium="email")
    assert everybody.endswith("3 of 3 customers get a message")


def test_the_customer_id_is_a_field_too() -> None:
    """The index of the audience can be merged by its name."""
    assert plan_one(Template(body="{customer_id}"), audience_of("x"))["body"].tolist() == ["C1"]


@pytest.mark.parametrize(
    "missing", [None, np.nan, pd.NaT, pd.NA, "", "  ", float("inf")], ids=repr
)
def test_missing_values(missing: object) -> None:
    """A missing value takes the fallback; without one that customer alone is held."""
    audience = audience_of("Mina", missing)
    with_fallback = plan_one(Template(body="Hi {name|there}"), audience)
    without = plan_one(Template(body="Hi {name}", subject="Hi"), audience)

    assert with_fallback["body"].tolist() == ["Hi Mina", "Hi there"]
    assert without["body"].tolist() == ["Hi Mina", None]
    assert without["subject"].tolist() == ["Hi", None]
    assert without["problem"].tolist() == [
        None,
        (
            "needs {name}, which is missing for this customer; write {name|…} to say what stands "
            "there instead"
        ),
    ]


def test_an_empty_fallback_is_a_fallback() -> None:
    """Writing {name|} says that nothing may stand there."""
    assert plan_one(Template(body="Hi{name|}!"), audience_of(None))["body"].tolist() == ["Hi!"]


def test_a_text_that_comes_out_empty_is_held() -> None:
    """A message of nothing but a missing value is no message."""
    messages = plan_one(Template(body="{name|} "), audience_of(None))

    assert messages["problem"].tolist() == ["has an empty text for this customer"]


def test_a_field_that_is_no_column() -> None:
    """A misspelt field holds everybody, and the sentence names the columns there are."""
    messages = plan_one(Template(body="Hi {nmae}"), audience_of("Mina", "Ann"))

    assert messages["body"].tolist() == [None, None]
    assert (
        messages["problem"].tolist()
        == [
            (
                "needs {nmae}, which is no column of the audience (did you mean {name}?); "
                "there are ['segment', 'name']"
            )
        ]
        * 2
    )


def test_a_fallback_for_a_field_that_is_no_column() -> None:
    """Where no customer has the column the fallback stands, and the reason owns up to it."""
    messages = plan_one(Template(body="Hi {nickname|you}"), audience_of("Mina"))

    assert messages["body"].tolist() == ["Hi you"]
    assert messages["why"].tolist() == [
        (
            "template 'default' is the default: none is for the segment A; there is no column for "
            "{nickname}, so the fallback stands there"
        )
    ]


def test_braces_and_percent_signs() -> None:
    """Doubled braces are braces, a percent sign is itself, and values are not read again."""
    template = Template(body="{{name}} 100% {name} }}{{ %s", subject="50% off {{today}}")
    messages = plan_one(template, audience_of("{name} %s"))

    assert messages["body"].tolist() == ["{name} 100% {name} %s }{ %s"]
    assert messages["subject"].tolist() == ["50% off {today}"]


def test_html_values_are_escaped_and_links_encoded() -> None:
    """A value can neither open a tag nor leave its place in a link."""
    template = Template(
        body="{name}",
        html='<b title="{name}">{name}</b><a href="https://example.com/?q={name}">x</a>',
    )
    messages = plan_one(template, audience_of("<i>\"&' /?"))

    assert messages["body"].tolist() == ["<i>\"&' /?"]
    assert messages["html"].tolist() == [
        (
            '<b title="&lt;i&gt;&quot;&amp;&#x27; /?">&lt;i&gt;&quot;&amp;&#x27; /?</b>'
            '<a href="https://example.com/?q=%3Ci%3E%22%26%27%20%2F%3F">x</a>'
        )
    ]


@pytest.mark.parametrize(
    "value",
    [
        "Mina\r\nBcc: x@example.com",
        "Mina\x00",
        "Mina\u2028Kim",
        "\u202eaniM",
        "=?UTF-8?Q?=0A?=Bcc: x@example.com",
        "half \ud800",
        "x" * 501,
    ],
    ids=["header", "null", "separator", "right to left", "encoded word", "surrogate", "long"],
)
def test_values_that_could_do_harm(value: str) -> None:
    """A value with control characters or of great length holds its row and no other."""
    messages = plan_one(Template(body="Hi {name}", subject="Hi"), audience_of(value, "Ann"))

    assert messages["body"].tolist() == [None, "Hi Ann"]
    assert messages["subject"].tolist() == [None, "Hi"]
    assert messages["problem"].iloc[0].startswith("has a value for {name} that holds a line break")


@pytest.mark.parametrize(
    "templates",
    [{}, None, {"A": "Hi"}, {5: Template(body="x")}, {("A", "ko", "x", "y"): Template(body="x")}],
    ids=repr,
)
def test_templates_that_cannot_be(templates: Any) -> None:
    """Fit and plan refuse anything but templates by segment and locale."""
    planner = TemplatePlanner(templates)
    with pytest.raises(InvalidParameterError, match="a mapping of segment, "):
        planner.fit(pd.DataFrame())
    with pytest.raises(InvalidParameterError, match="a mapping of segment, "):
        planner.plan(audience_of("x"), medium="sms")


def test_an_audience_without_segments() -> None:
    """Without the column segment there is nothing to choose by."""
    with pytest.raises(MissingColumnsError, match="the audience lacks the columns"):
        plan_one(Template(body="x"), audience_of("x").drop(columns="segment"))


def test_nobody() -> None:
    """An audience of nobody gets no messages, in the same columns."""
    messages = plan_one(Template(body="{name}"), audience_of())

    assert messages.empty
    assert tuple(messages.columns) == TemplatePlanner.columns


def test_it_can_be_cloned() -> None:
    """A clone plans the same, and there is nothing to fit first."""
    planner = TemplatePlanner({"A": Template(body="Hi {name}")})
    audience = audience_of("Mina")
    check_is_fitted(planner)

    assert clone(planner).plan(audience, medium="sms").equals(planner.plan(audience, medium="sms"))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(["A", "B", "C"]), min_size=1, max_size=12), st.randoms())
def test_order_does_not_matter(segments: list[str], random: Any) -> None:
    """Shuffling the audience shuffles the messages, nothing else."""
    index = pd.Index([f"C{number}" for number in range(len(segments))], name="customer_id")
    audience = pd.DataFrame({"segment": segments, "name": index}, index=index)
    planner = TemplatePlanner({"A": Template(body="a {name}"), "B": Template(body="b {name}")})
    turned = list(index)
    random.shuffle(turned)

    expected = planner.plan(audience, medium="sms").loc[turned]
    pd.testing.assert_frame_equal(planner.plan(audience.loc[turned], medium="sms"), expected)
