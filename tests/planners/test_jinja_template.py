"""Jinja templates: what they can say, what they may hold, and that they end."""

from __future__ import annotations

import pickle
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_template_planner import audience_of, plan_one

from crmlib.exceptions import TemplateError
from crmlib.planners import JinjaTemplate, TemplatePlanner


def write(body: str, *values: Any, **columns: Any) -> list[str]:
    """Give the text of each customer, or the problem."""
    messages = plan_one(JinjaTemplate(body=body), audience_of(*values, **columns))
    return messages["body"].where(messages["body"].notna(), messages["problem"]).tolist()


def test_what_it_is_for() -> None:
    """Parts that only some customers get, sums, and the formats of merge fields."""
    body = (
        "{{ (name or '고객')|particle('이/가') }} {% if n > 2 and name in ('민아', 'x') %}"
        "{{ (n * 1000 + 500)|money('KRW') }}{% elif n is even %}짝{% else %}홀{% endif %} "
        "{{ n|number }} {{ at|date }} {{ at|day }} {{ at }} {{ ratio }}/{{ ratio / 2 }}"
    )
    told = write(body, "민아", None, n=[3, 2], at=date(2026, 11, 22), ratio=3.0)

    assert told == [
        "민아가 3,500원 3 2026년 11월 22일 11월 22일 2026-11-22 3/1.50",
        "고객이 짝 2 2026년 11월 22일 11월 22일 2026-11-22 3/1.50",
    ]


def test_instants_are_days_of_the_customers_own_calendar() -> None:
    """What a Jinja template sees of an instant is the day on the customer's clock."""
    at = pd.to_datetime(["2026-11-22T20:00Z"] * 2)
    told = write("{{ at }}", "a", "b", at=at, timezone=["Asia/Seoul", "Mars/Base"])

    assert told[0] == "2026-11-23"
    assert told[1].startswith("has a value for {at} that")


@pytest.mark.parametrize(
    "missing", [None, np.nan, pd.NaT, pd.NA, "", "  ", float("inf")], ids=repr
)
def test_missing_values(missing: object) -> None:
    """A missing value is false, takes a default, and holds the row where it would be written."""
    assert write("{% if name %}a{% else %}b{% endif %}", missing) == ["b"]
    assert write("{{ name or 'you' }}{{ name|default('!') }}", missing) == ["you!"]
    told = write("Hi {{ name }}", missing, "Ann")
    assert told[0].startswith("needs {{ name }}, which is missing for this customer; write")
    assert told[1] == "Hi Ann"
    assert write("{{ name|date }}", missing)[0].startswith("needs {{ name }}, which is missing")


def test_a_name_that_is_no_column() -> None:
    """A misspelt column is named, with the one that may be meant."""
    assert write("{{ x or '' }}{{ nmae }}", "Ann")[0].startswith(
        "needs {nmae}, which is no column of the audience (did you mean {name}?)"
    )


NOON = datetime(2026, 11, 22, 12)  # noqa: DTZ001 -- local


class Loud(str):
    """A text of a class with a will of its own."""

    __slots__ = ()

    def __str__(self) -> str:
        return "<b>shouted</b>"

    def __html__(self) -> str:
        return "<b>shouted</b>"


def test_values_are_plain_data() -> None:
    """Objects hold their row, and a text is its letters, whatever its class."""
    messages = plan_one(
        JinjaTemplate(body="{{ name }}", html="<p>{{ name }}</p>"),
        audience_of(Loud("<i>"), ["a"], {"a": 1}, object(), np.int64(3), True, NOON),
    )

    assert messages["html"].tolist()[0] == "<p>&lt;i&gt;</p>"
    assert messages["body"].isna().tolist() == [False, True, True, True, False, False, False]
    assert messages["body"].tolist()[4:] == ["3", "True", "2026-11-22"]


HOSTILE = {
    "{% for x in name %}{% endfor %}": "not allowed \\(For\\)",
    "{% macro m() %}{{ m() }}{% endmacro %}": "not allowed \\(Macro\\)",
    "{% set x = 'a' %}": "not allowed \\(Assign\\)",
    "{% set x %}a{% endset %}": "not allowed \\(AssignBlock\\)",
    "{% include 'x' %}": "not allowed \\(Include\\)",
    "{% import 'x' as y %}": "not allowed \\(Import\\)",
    "{% extends 'x' %}": "not allowed \\(Extends\\)",
    "{% block a %}{% endblock %}": "not allowed \\(Block\\)",
    "{% filter upper %}a{% endfilter %}": "not allowed \\(FilterBlock\\)",
    "{% call m() %}{% endcall %}": "not allowed \\(CallBlock\\)",
    "{% autoescape false %}a{% endautoescape %}": "not allowed \\(Scope",
    "{% with a=1 %}{% endwith %}": "not allowed \\(With\\)",
    "{{ name.upper() }}": "not allowed \\(Call\\)",
    "{{ name.__class__ }}": "not allowed \\(Getattr\\)",
    "{{ name['__class__'] }}": "not allowed \\(Getitem\\)",
    "{{ ''|attr('x') }}": "the filter 'attr', which is not allowed",
    "{{ name|safe }}": "the filter 'safe'",
    "{{ name|replace('a', 'aa') }}": "the filter 'replace'",
    "{{ name|center(99999999) }}": "the filter 'center'",
    "{{ '%99999999d'|format(1) }}": "the filter 'format'",
    "{{ name is filter }}": "the test 'filter', which is not allowed",
    "{{ 9 ** 9 ** 9 }}": "not allowed \\(Pow\\)",
    "{{ '%9999999d' % 1 }}": "not allowed \\(Mod\\)",
    "{{ {'a': 1} }}": "not allowed \\(Dict\\)",
    "{{ self }}": "the name 'self', which is not allowed",
    "{{ _locale }}": "the name '_locale'",
    "{{ name|upper(*name) }}": "arguments behind a star",
    "{{ name": "is no Jinja at line 1",
    "{{ name|nope }}": "the filter 'nope'",
    "{{ " + "(" * 2000 + "1" + ")" * 2000 + " }}": "cannot be read|levels of nesting",
    "{{ " + "-" * 60 + "1 }}": "more than 40 levels of nesting",
    "{{ 9" + "9" * 5000 + " }}": "cannot be read",
    "{{ name }}" * 6000: "more than 5,000 pieces",
    "x" * 200_001: "more than 200,000 characters",
}


@pytest.mark.parametrize(("body", "problem"), HOSTILE.items(), ids=lambda text: text[:30])
def test_what_is_refused_when_it_is_made(body: str, problem: str) -> None:
    """Nothing that could run long, grow large or touch an object gets past the constructor."""
    with pytest.raises(TemplateError, match=problem):
        JinjaTemplate(body=body)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{{ 'ab' * n }}", "multiplies what is no number, or one that is too large"),
        ("{{ n * name }}", "multiplies what is no number"),
        ("{{ n * 9999999999999999 }}", "multiplies what is no number, or one that is too large"),
        ("{{ n + name }}", "cannot be written for this customer"),
        ("{{ 1 / (n - 1) }}", "cannot be written for this customer (division by zero)"),
        ("{{ name|money('KRW') }}", "cannot be written for this customer (has a value that"),
        ("{{ n|money('XXY') }}", "cannot be written for this customer (has 'XXY', which is no"),
        ("{{ name|particle('xx') }}", "cannot be written for this customer (has the particle"),
        ("{% if n > 5 %}x{% endif %} ", "has an empty text for this customer"),
    ],
)
def test_what_holds_its_row(body: str, problem: str) -> None:
    """What goes wrong for one customer holds that row, with a sentence that says what."""
    assert write(body, "Ann", n=1)[0].startswith(problem)


def test_the_output_is_bounded() -> None:
    """Ten thousand times the longest value is more than a message can be."""
    body = "{{ name ~ name ~ name ~ name }}" * 500

    assert write(body, "x" * 500)[0] == (
        "cannot be written for this customer (more than 200,000 characters)"
    )


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<a href='{{ name }}'>x</a>", "could choose the target of the link in href"),
        ("<script>{{ name }}</script>", "inside <script>"),
        ("<p title={{ name }}>x</p>", "in an attribute without quotes"),
        ("<p onclick='{{ name }}'>x</p>", "in the attribute onclick"),
        ("<a {% if name %}href='https://x.example/'{% endif %}>x</a>", "has {% if %} in its html"),
        ("<p title='{% if name %}x{% endif %}'>x</p>", "an if inside a tag or comment at line 1"),
        ("<!-- {% if name %}--><script>{% endif %}", "does not end in the html"),
        ("<!-- {% if name %}x{% endif %} -->", "an if inside a tag or comment"),
        ("{% if name %}<a href='{% endif %}x", "a tag that does not end in the html"),
        ("{% if name %}<script>{% endif %}{{ name }}</script>", "a tag that does not end"),
        ("{% if a %}{% else %}<script>{{ name }}</script>{% endif %}", "inside <script>"),
    ],
    ids=str,
)
def test_places_where_no_value_is_safe(html: str, problem: str) -> None:
    """A value or a branch where it could become code, a tag or a link's target is refused."""
    with pytest.raises(TemplateError, match=problem):
        JinjaTemplate(body="x", html=html)


def test_html_is_escaped_and_links_encoded() -> None:
    """As in merge fields, in every branch, and for what a filter or a constant gives."""
    template = JinjaTemplate(
        body="x",
        html=(
            "<p title='{{ name }}'>{{ name|upper }}{{ '<i>' }}</p>"
            "{% if name %}<a href='https://x.example/?q={{ name }}'>{{ name }}</a>{% endif %}"
        ),
        button_label="{{ name }}",
        button_url="https://x.example/?q={{ name }}",
    )
    row = plan_one(template, audience_of("<a>'&")).loc["C1"]

    assert row["html"] == (
        "<p title='&lt;a&gt;&#39;&amp;'>&lt;A&gt;&#39;&amp;&lt;i&gt;</p>"
        "<a href='https://x.example/?q=%3Ca%3E%27%26'>&lt;a&gt;&#39;&amp;</a>"
    )
    assert row["button_url"] == "https://x.example/?q=%3Ca%3E%27%26"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("{{ name }}", "no web address|site a field could choose"),
        ("https://{{ name }}/", "site a field could choose"),
        ("https://x.example/{% if name %}a{% endif %}", "has an if in the address of its button"),
    ],
)
def test_addresses_that_cannot_be(url: str, problem: str) -> None:
    """The site of a button is the author's own choice."""
    with pytest.raises(TemplateError, match=problem):
        JinjaTemplate(body="x", button_label="x", button_url=url)


def test_a_subject_stays_on_one_line() -> None:
    """Neither a value nor an escape of Jinja brings a line break into a subject."""
    messages = plan_one(
        JinjaTemplate(body="x", subject="a{{ '\\r\\nBcc: x@example.com' }}"), audience_of("Ann")
    )

    assert messages["problem"].tolist() == ["has a subject that is not on one line"]


def test_a_jinja_template_is_a_value() -> None:
    """It compares by its texts, survives pickling, and takes its language from its key."""
    template = JinjaTemplate(body="{{ n|date }}", name="hello")
    planner = TemplatePlanner({("default", "en"): template})
    audience = audience_of("x", n=date(2026, 11, 2), locale="en-GB")

    assert pickle.loads(pickle.dumps(template)) == template
    assert template != JinjaTemplate(body="{{ n }}", name="hello")
    assert planner.plan(audience, medium="sms")["body"].tolist() == ["2 November 2026"]
