"""Templates are checked when they are made."""

from __future__ import annotations

import pickle

import attrs
import pytest

from crmlib.exceptions import TemplateError
from crmlib.planners import Template


def test_fields_are_listed_once() -> None:
    """The columns that a template uses are known before anybody is planned for."""
    template = Template(subject="Hi {name}", body="{name|x}, {city}", html="<p>{ last_day }</p>")

    assert template.fields == ("name", "city", "last_day")


def test_fields_may_have_names_of_any_script() -> None:
    """A column with a Korean name is a column."""
    assert Template(body="{이름}님").fields == ("이름",)


def test_a_template_is_a_value() -> None:
    """Equal texts make equal templates, and a template survives pickling."""
    template = Template(body="Hi {name}", name="hello")

    assert template == Template(body="Hi {name}", name="hello")
    assert template != Template(body="Hi {name|you}", name="hello")
    assert pickle.loads(pickle.dumps(template)) == template
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        template.body = "x"  # type: ignore[misc]  # what the test is about


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("Hi {name", "has a lone '{' at line 1, column 4 of its body"),
        ("Hi\nyou name}", "has a lone '}' at line 2, column 9 of its body"),
        ("Hi {}", "has '{}', which is no merge field at line 1, column 4"),
        ("{name.upper}", "has '{name.upper}', which is no merge field"),
        ("{name[0]}", r"has '{name\[0\]}', which is no merge field"),
        ("{name!r}", "has '{name!r}', which is no merge field"),
        ("{price:>10}", "has '{price:>10}', whose format '>10' there is not"),
        ("{|there}", r"has '{\|there}', which is no merge field"),
        ("{7 * 191}", r"has '{7 \* 191}', which is no merge field"),
        ("{a {b} c}", "has a lone '{' at line 1, column 1"),
        (" \n", "has an empty body"),
    ],
    ids=str,
)
def test_malformed_texts(body: str, problem: str) -> None:
    """A malformed field is an error that says where it is and what can be written."""
    with pytest.raises(TemplateError, match=problem):
        Template(body=body, name="winback")


def test_the_error_says_the_way_out() -> None:
    """The error keeps the name of the template and shows the right spelling."""
    with pytest.raises(TemplateError, match=r"write \{column\}, \{column\|fallback\}") as caught:
        Template(body="ok", subject="{", name="winback")

    assert caught.value.template == "winback"
    assert "column 1 of its subject" in caught.value.problem


def test_a_subject_is_one_line() -> None:
    """A line break in a subject would begin another header."""
    with pytest.raises(TemplateError, match="has a line break in its subject"):
        Template(body="x", subject="Sale\r\nBcc: everybody@example.com")


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        ("<script>var n = '{name}'</script>", "inside <script>"),
        ("<style>p {{ color: {colour} }}</style>", "inside <style>"),
        ("<p onclick=\"hello('{name}')\">x</p>", "in the attribute onclick"),
        ('<p style="color: {colour}">x</p>', "in the attribute style"),
        ("<p title={name}>x</p>", "in an attribute without quotes"),
        ("<p title=a'{name}'>x</p>", "in an attribute without quotes"),
        ("<{tag}>x", "right behind a <"),
        ("</{tag}>x", "right behind a <"),
        ("<h{level}>x", "as the name of a tag or attribute"),
        ("<p>x</p {x}>", "in a declaration or an end tag"),
        ("<!DOCTYPE {x}>", "in a declaration or an end tag"),
        ("x <{tag}", "right behind a <"),
        ("<p>x <a href='https://example.com/{x}", "in a tag that does not end"),
        ("<p {name}>x</p>", "as the name of a tag or attribute"),
        ('<p {name}="x">x</p>', "as the name of a tag or attribute"),
        ("<a href='{url}'>x</a>", "could choose the target of the link in href"),
        ("<a href='https://{host}/x'>x</a>", "could choose the target of the link in href"),
        ("<a href='//example.com/{name}'>x</a>", "could choose the target of the link in href"),
        ("<img src='{picture}'>", "could choose the target of the link in src"),
    ],
    ids=str,
)
def test_places_where_no_value_is_safe(html: str, problem: str) -> None:
    """A field where a value could become code, a tag or a link's target is refused."""
    with pytest.raises(TemplateError, match=problem):
        Template(body="x", html=html)


def test_places_where_values_are_safe() -> None:
    """Between tags and in quoted attributes values are escaped, in links percent-encoded."""
    template = Template(
        body="x",
        html=(
            "<!-- {name} --><style>p {{ margin: 0 }}</style><p title='{name}' hidden>{name}</p>"
            '<a href="https://example.com/?c={code}&amp;x=1">x</a><a href="mailto:{address}">y</a>'
        ),
    )

    places = [(field.name, field.place) for field in template.parsed["html"].fields]
    assert places == [
        ("name", "comment"),
        ("name", "attribute"),
        ("name", "html"),
        ("code", "url"),
        ("address", "url"),
    ]
