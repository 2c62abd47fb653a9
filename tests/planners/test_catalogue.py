"""A catalogue file is read message by message, and each error names its message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_template_planner import audience_of

from crmlib.exceptions import ConfigError, TemplateError, UnreadableFileError
from crmlib.planners import (
    JinjaTemplate,
    Template,
    TemplatePlanner,
    from_registered,
    load_catalogue,
)
from crmlib.planners._registration import Registration

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
[[messages]]
subject = "Hello"
body = "Hello {name|there}"
button = { label = "Look", url = "https://shop.example/?c={customer_id}" }

[[messages]]
segment = "A"
locale = "ko"
medium = "sms"
name = "winback"
body = "{name:이/가|고객}"

[[messages]]
segment = "A"
syntax = "jinja"
body = "{% if name %}{{ name }}{% else %}you{% endif %}"

[[messages]]
segment = "A"
medium = "kakao"
registered = "#{이름}님, {쿠폰} 금액: #{금액}"
code = "TALK01"
variables = { "이름" = "name|고객", "금액" = "n:money KRW" }
"""


def load(folder: Path, text: str) -> dict[object, object]:
    """Load a catalogue of *text*."""
    path = folder / "messages.toml"
    path.write_text(text, encoding="utf-8")
    return dict(load_catalogue(path))


def test_everything_in_a_catalogue(tmp_path: Path) -> None:
    """Segment, locale and medium make the key, the other keys the template."""
    catalogue = load(tmp_path, GOOD)

    assert list(catalogue) == [
        ("default", None, None),
        ("A", "ko", "sms"),
        ("A", None, None),
        ("A", None, "kakao"),
    ]
    assert catalogue["default", None, None] == Template(
        subject="Hello",
        body="Hello {name|there}",
        button_label="Look",
        button_url="https://shop.example/?c={customer_id}",
        name="default",
    )
    assert isinstance(catalogue["A", None, None], JinjaTemplate)
    assert catalogue["A", None, "kakao"] == Template(
        body="{name|고객}님, {{쿠폰}} 금액: {n:money KRW}",
        name="A (kakao)",
        registration=Registration(
            code="TALK01", variables=(("이름", "name|고객"), ("금액", "n:money KRW"))
        ),
    )


def test_a_planner_of_a_catalogue(tmp_path: Path) -> None:
    """The planner takes what the file says, by medium and language."""
    planner = TemplatePlanner(load(tmp_path, GOOD))  # type: ignore[arg-type]  # keys are as read
    audience = audience_of("Ann", "미나", n=[1, 2000], locale=["en", "ko"])
    sms = planner.plan(audience, medium="sms")
    kakao = planner.plan(audience.assign(segment="A"), medium="kakao")
    other = planner.plan(audience.assign(segment="B"), medium="email")

    assert sms["body"].tolist() == ["Ann", "미나가"]
    assert sms["template"].tolist() == ["A", "winback"]
    assert sms.loc["C2", "why"] == "template 'winback' is for the segment A in ko by sms"
    assert kakao["registered_code"].tolist() == ["TALK01", "TALK01"]
    assert kakao.loc["C2", "registered_variables"] == '{"이름": "미나", "금액": "2,000원"}'
    assert sms["registered_code"].tolist() == [None, None]
    assert "(registered as TALK01, with {" in planner.preview(
        audience.assign(segment="A"), medium="kakao"
    )
    assert kakao["body"].tolist() == ["Ann님, {쿠폰} 금액: 1원", "미나님, {쿠폰} 금액: 2,000원"]
    assert other["button_url"].tolist() == [f"https://shop.example/?c=C{n}" for n in (1, 2)]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"Hello {name|there}"', '"Hello {name"', r"messages\[1\] for 'default' has a lone '\{'"),
        ('"{name:이/가|고객}"', '"{name:이/기|고객}"', r"messages\[2\] for 'A \(ko, sms\)' has '"),
        ('locale = "ko"', 'locale = "korean?"', "locale is 'korean.'; write one such as ko"),
        ('medium = "sms"', 'medium = "SMS"', "medium is 'SMS'; write one such as email"),
        ('segment = "A"', 'segment = " "', "segment is blank"),
        ('syntax = "jinja"', 'syntax = "liquid"', "syntax names the syntax 'liquid', which there"),
        ('medium = "sms"', 'medum = "sms"', "medum is no key that is known here; did you"),
        ('label = "Look",', "", "button.label is missing"),
        ("button = {", 'button = "x" #', "button is 'x'; it must be a table"),
        ('medium = "kakao"', "", "is for 'A', which another message is for already"),
        ('medium = "kakao"', 'syntax = "jinja"\nmedium = "kakao"', "beside a registered"),
        ('"이름" = "name|고객",', "", "does not say what stands for #{이름}"),
        ('code = "TALK01"', 'code = " "', "has the code ' '; copy it from the provider's list"),
        ('locale = "ko"', 'code = "X"', r"messages\[2\]\.code is beside a body; write"),
        ("[[messages]]", "[messages]\n[[messages]]", "is no TOML"),
    ],
)  # fmt: skip
def test_errors_name_the_message(tmp_path: Path, old: str, new: str, problem: str) -> None:
    """What cannot be is an error that names the file, the message, and what would do."""
    assert old in GOOD
    with pytest.raises(ConfigError, match=problem) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))

    assert str(tmp_path) in str(caught.value)


def test_a_catalogue_that_is_not_there(tmp_path: Path) -> None:
    """A missing file, and one without messages, are errors that say so."""
    with pytest.raises(UnreadableFileError, match="give the path of a catalogue"):
        load_catalogue(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="messages is missing"):
        load(tmp_path, "")


@pytest.mark.parametrize(
    ("text", "variables", "problem"),
    [
        ("#{a} x", {}, r"does not say what stands for #\{a\}; give each a column"),
        ("x", {"a": "name"}, r"says what stands for \['a'\], which the registered text does not"),
        ("#{a}", {"a": "name"}, "has no words besides its variables"),
        ("가" * 1001, {}, "has a text of 1,001 characters besides its variables; an alimtalk has"),
        (
            "x" + "".join(f"#{{v{n}}}" for n in range(41)),
            {f"v{n}": "name" for n in range(41)},
            "has 41 variables; an alimtalk has at most 40",
        ),
        ("x #{이름}", {"이름": "name:nope"}, "whose format 'nope' there is not"),
    ],
)
def test_registered_texts_that_cannot_be(
    text: str, variables: dict[str, str], problem: str
) -> None:
    """Kakao takes a text as it was approved, with each variable explained, or not at all."""
    with pytest.raises(TemplateError, match=problem):
        from_registered(text, variables, name="paid")


def test_buttons_of_registered_texts() -> None:
    """A button may have variables too, and 14 characters besides them."""
    template = from_registered(
        "#{a}님 x",
        {"a": "name", "코드": "customer_id"},
        button_label="보기",
        button_url="https://shop.example/#{코드}",
    )

    assert template.button_url == "https://shop.example/{customer_id}"
    with pytest.raises(TemplateError, match="has a button of 15 characters besides"):
        from_registered("x", {}, button_label="가" * 15, button_url="https://x.example/")


def test_variables_in_an_address_are_encoded() -> None:
    """A provider writes values as they are, so those of an address come percent-encoded."""
    besides = {"button_label": "보기", "button_url": "https://shop.example/?q=#{쪽}"}
    template = from_registered(
        "#{이름}님", {"이름": "name|고객", "쪽": "name|"}, code="A1", **besides
    )
    plain = from_registered("안녕하세요", {}, code="A2")
    audience = audience_of("A b", None)
    told = TemplatePlanner({"default": template}).plan(audience, medium="kakao")
    same = TemplatePlanner({"default": plain}).plan(audience, medium="kakao")

    assert told["registered_variables"].tolist() == [
        '{"이름": "A b", "쪽": "A%20b"}',
        '{"이름": "고객", "쪽": ""}',
    ]
    assert same["registered_variables"].tolist() == ["{}", "{}"]
    with pytest.raises(TemplateError, match="both in a text and in the address of its button"):
        from_registered("#{쪽} x", {"쪽": "name"}, code="A3", **besides)


def test_without_a_code_a_registered_text_is_a_text() -> None:
    """Nothing but the text is known to the provider, so nothing but the text is sent."""
    template = from_registered("#{이름}님", {"이름": "name"})
    told = TemplatePlanner({"default": template}).plan(audience_of("A"), medium="kakao")

    assert told["body"].tolist() == ["A님"]
    assert told["registered_code"].tolist() == told["registered_variables"].tolist() == [None]
