"""A corpus of hostile values: nothing in them runs, and nothing leaves its place."""

from __future__ import annotations

import html
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_template_planner import audience_of, plan_one

from crmlib.planners import JinjaTemplate, Template
from crmlib.safe_text import is_plain_line
from crmlib.tables import read_csv, write_csv

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = Template(
    subject="Hi {name}",
    body="Hi {name}!",
    html=(
        "<!-- {name} --><p title=\"{name}\" class='{name}'>{name}</p>"
        '<a href="https://shop.example/?q={name}">go</a>'
    ),
    button_label="{name}",
    button_url="https://shop.example/?q={name}",
)
JINJA = JinjaTemplate(
    subject="Hi {{ name }}",
    body="Hi {{ name }}!",
    html=(
        "<!-- {{ name }} --><p title=\"{{ name }}\" class='{{ name }}'>{{ name }}</p>"
        '<a href="https://shop.example/?q={{ name }}">go</a>'
    ),
    button_label="{{ name }}",
    button_url="https://shop.example/?q={{ name }}",
)
TEMPLATES = pytest.mark.parametrize("template", [FIELDS, JINJA], ids=["fields", "jinja"])

SHOWN_AS_THEY_ARE = [
    # templates in other languages, and in ours
    "{name}", "{{ 7 * 7 }}", "{{ name.__class__.__mro__ }}", "{% for x in range(9) %}", "${7*7}",
    "#{7*7}", "<%= 7*7 %>", "%(name)s", "%s%n", "{0.__init__}", "{{{{", "}}}", "#{이름}", "$(id)",
    "`id`",
    # HTML
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</p><iframe src=//evil>",
    "-->",
    "--><script>alert(1)</script>", "'\" onmouseover=alert(1) x='", "&lt;script&gt;",
    "<!--", "]]>",
    "<svg/onload=alert(1)>", "</title>", "<style>*{}</style>", "&#x3C;b&#x3E;",
    # addresses
    "javascript:alert(1)", "data:text/html,<b>", "//evil.example", "https://evil.example/#",
    "../../admin", "@evil.example", "a&b=c#d?e", "%0d%0aSet-Cookie: a=b", "%00", "\\evil",
    # spreadsheets and databases
    "=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://evil")', "' OR 1=1 --", "; DROP TABLE x",
    # letters
    "김미나", "Ωmega", "😀", "ﷺ", "a\u0301", "\u200bMina", "İ", "مينا",
]  # fmt: skip
HELD = [
    "Mina\r\nBcc: eve@example.com", "Mina\nX: y", "Mina\r", "\x00", "\x1b[2J", "\x85", "\u2028",
    "\u2029", "\u202eanim", "\u2066x", "=?utf-8?q?=0ABcc:?=", "=?UTF-8?B?CkJjYzo=?=", "\ud800",
    "x" * 501, "\t",
]  # fmt: skip


class Reader(HTMLParser):
    """Note what the HTML is made of."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[Any] = []
        self.data: list[str] = []
        self.comments: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag with its attributes."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.data.append(data)

    def handle_comment(self, data: str) -> None:
        """Note a comment."""
        self.comments.append(data)


def check_places(template: Any, value: str) -> None:
    """Check that *value* stands in each place as itself, and nowhere else."""
    row = plan_one(template, audience_of(value)).loc["C1"]
    assert row["problem"] is None
    assert row["subject"] == f"Hi {value}"
    assert row["body"] == f"Hi {value}!"
    assert row["button_label"] == value
    address = row["button_url"]
    assert unquote(address) == f"https://shop.example/?q={value}"
    assert not set(address.removeprefix("https://shop.example/?q=")) & set(" <>\"'&#?/\\@:")
    read = Reader(row["html"])
    assert [tag for tag, _ in read.tags] == ["p", "a"]
    assert read.tags[0][1] == {"title": value, "class": value}
    assert read.tags[1][1] == {"href": address}
    assert "".join(read.data) == f"{value}go"
    assert [html.unescape(text) for text in read.comments] == [f" {value} "]


@TEMPLATES
@pytest.mark.parametrize("value", SHOWN_AS_THEY_ARE, ids=ascii)
def test_hostile_values_are_shown_as_they_are(template: Any, value: str) -> None:
    """A value is its letters in every part: nothing in it is read as anything else."""
    check_places(template, value)


@TEMPLATES
@pytest.mark.parametrize("value", HELD, ids=lambda value: ascii(value)[:24])
def test_values_that_could_forge_a_header_are_held(template: Any, value: str) -> None:
    """Line ends, control and bidi characters, encoded headers and endless values hold the row."""
    messages = plan_one(template, audience_of(value, "Ann"))

    assert messages["problem"].notna().tolist() == [True, False]
    assert messages.loc["C1", ["subject", "body", "html", "button_url"]].isna().all()


@TEMPLATES
@settings(deadline=None, max_examples=60)
@given(value=st.text(min_size=1, max_size=60))
def test_any_value_is_shown_as_it_is_or_held(template: Any, value: str) -> None:
    """Whatever a value is, it stands in its places as itself, or its row is held."""
    if is_plain_line(value) and not value.isspace():
        check_places(template, value)
    else:
        assert plan_one(template, audience_of(value))["problem"].notna().all()


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1"], ids=ascii)  # noqa: RUF001
def test_a_table_of_messages_runs_nothing_in_a_spreadsheet(tmp_path: Path, value: str) -> None:
    """A message that begins like a formula is a text in the CSV file, and comes back as it was."""
    messages = plan_one(Template(body="{name}"), audience_of(value))
    path = tmp_path / "messages.csv"
    write_csv(messages, path)

    assert f"'{value}" in path.read_text("utf-8-sig")
    assert read_csv(path)["body"].tolist() == [value]


@TEMPLATES
def test_a_million_characters_cost_nothing(template: Any) -> None:
    """A value of a million characters is held, and makes no text."""
    messages = plan_one(template, audience_of("<" * 1_000_000))

    assert messages["problem"].str.contains("longer than 500 characters").all()
    assert messages["html"].isna().all()
