"""The policy files of crmlib and how they are loaded."""

import json
from pathlib import Path

import pytest

from crmlib import policies
from crmlib.exceptions import (
    ConfigError,
    InvalidParameterError,
    UnknownNameError,
    UnreadableFileError,
)
from crmlib.messages import MEDIA, Purpose
from crmlib.policies import ConsentKind, Policy

OWN_FILE = """\
jurisdiction = "house"
title = "Rules of our own"
as_of = 2026-11-01

[sources.taste]
law = "our own rule"
says = "We do not write to phones in the evening."
verified = true

[[rules]]
media = ["sms", "fax"]
purpose = "advertising"

[rules.consent]
kind = "opt-out"
sources = ["taste"]

[[rules.quiet_hours]]
start = 19:00:00
end = 10:00:00
night_consent = false
margin_minutes = 0
sources = ["taste"]
"""


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    """Write a policy file of the user's own."""
    path = tmp_path / "house.toml"
    path.write_text(OWN_FILE, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", policies.list_jurisdictions())
@pytest.mark.parametrize("medium", MEDIA)
@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_rule_names_its_sources(name: str, medium: str, purpose: str) -> None:
    """Each jurisdiction of crmlib has a cited rule for each medium and purpose."""
    rule = policies.load(name).rule(medium, purpose)

    assert rule.jurisdictions == (name,)
    assert rule.consent_citations
    assert all(quiet.citations for quiet in rule.quiet_hours)
    assert bool(rule.wording.sender_fields) == bool(rule.wording.citations)
    assert all(citation.law and citation.says for citation in rule.citations)


@pytest.mark.parametrize("name", policies.list_jurisdictions())
@pytest.mark.parametrize("medium", MEDIA)
def test_informational_messages_carry_no_advertising_rules(name: str, medium: str) -> None:
    """An informational message needs no consent and no label and goes at any hour."""
    rule = policies.load(name).rule(medium, "informational")

    assert rule.consent is ConsentKind.NONE
    assert rule.quiet_hours == ()
    assert rule.wording == policies.Wording()


@pytest.mark.parametrize(
    ("name", "medium", "consent"),
    [
        ("KR", "email", "opt-in"),
        ("KR", "sms", "opt-in"),
        ("US", "email", "opt-out"),
        ("US", "sms", "opt-in"),
        ("EU", "email", "opt-in"),
    ],
)
def test_consent_kinds_are_those_of_the_laws(name: str, medium: str, consent: str) -> None:
    """Korea and the EU want opt-in; US law lets e-mail go until an objection."""
    rule = policies.load(name).rule(medium, "advertising")

    assert rule.consent == consent


def test_secondary_sources_are_marked_as_such() -> None:
    """A reader sees which rules were read in the law and which came second-hand."""
    korea = policies.load("KR").rule("sms", "advertising")
    shown = {str(citation) for citation in korea.citations}

    assert "KR Network Act art. 50(3)" in shown
    assert "KR practice on art. 50(3) (secondary source)" in shown


@pytest.mark.parametrize("names", [("KR",), ("US", "EU"), ("KR", "US", "EU")])
def test_a_policy_survives_json(names: tuple[str, ...]) -> None:
    """What to_dict gives goes through JSON and comes back equal."""
    policy = policies.load(*names)

    again = Policy.from_dict(json.loads(json.dumps(policy.to_dict())))

    assert again == policy
    assert again.jurisdictions == names


def test_an_own_file_adds_to_the_law(own_file: Path) -> None:
    """The union of KR and an own file has the stricter consent and the hours of both."""
    rule = policies.load("KR", own_file).rule("sms", "advertising")

    assert rule.jurisdictions == ("KR", "house")
    assert rule.consent is ConsentKind.OPT_IN
    assert [str(quiet) for quiet in rule.quiet_hours] == [
        "21:00 to 08:00 Asia/Seoul, from 10 minutes before, without consent for the night",
        "19:00 to 10:00 local time of the recipient",
    ]


def test_a_file_silent_about_a_medium_adds_nothing(own_file: Path) -> None:
    """A medium that only one file knows is held to that file alone."""
    policy = policies.load("KR", str(own_file))

    assert policy.rule("fax", "advertising").jurisdictions == ("house",)
    assert policy.rule("email", "advertising").jurisdictions == ("KR",)


def test_loading_twice_is_loading_once() -> None:
    """A jurisdiction named twice counts once."""
    assert policies.load("KR", "KR") == policies.load("KR")


def test_the_union_does_not_depend_on_the_order() -> None:
    """Every pair of jurisdictions asks the same consent and hours in either order."""
    one = policies.load("KR", "US").rule("sms", "advertising")
    other = policies.load("US", "KR").rule("sms", "advertising")

    assert one.consent == other.consent
    assert set(one.quiet_hours) == set(other.quiet_hours)
    assert set(one.wording.footer) == set(other.wording.footer)
    assert set(one.consent_citations) == set(other.consent_citations)


def test_no_jurisdiction_is_refused() -> None:
    """Loading nothing is an error that names what there is."""
    with pytest.raises(
        InvalidParameterError,
        match=r"one or more of \['AU', 'CA', 'EU', 'JP', 'KR', 'SG', 'UK', 'US'\]",
    ):
        policies.load()


def test_an_unknown_jurisdiction_is_refused() -> None:
    """A name that crmlib does not know is an error that names those it does."""
    with pytest.raises(UnknownNameError, match="there is no jurisdiction 'kr'") as caught:
        policies.load("kr")

    assert caught.value.known == policies.list_jurisdictions()


def test_an_unknown_medium_is_refused() -> None:
    """A medium without a rule is an error that names the media with one."""
    with pytest.raises(UnknownNameError, match="advertising rule for the medium 'fax'") as caught:
        policies.load("KR").rule("fax", "advertising")

    assert caught.value.known == sorted(MEDIA)


def test_an_unknown_purpose_is_refused() -> None:
    """A purpose that does not exist is an error that names the two that do."""
    with pytest.raises(UnknownNameError, match="there is no purpose 'adverts'") as caught:
        policies.load("KR").rule("email", "adverts")

    assert str(caught.value).endswith("there are ['advertising', 'informational']")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    """A path without a file is an error that says so."""
    path = tmp_path / "none.toml"

    with pytest.raises(UnreadableFileError, match="No such file"):
        policies.load(path)


@pytest.mark.parametrize("content", [b"rules = [", b'title = "\xff"'], ids=["toml", "utf-8"])
def test_a_file_that_is_no_toml_is_an_error(tmp_path: Path, content: bytes) -> None:
    """A file that cannot be parsed is an error that says where."""
    path = tmp_path / "broken.toml"
    path.write_bytes(content)

    with pytest.raises(UnreadableFileError, match="is no TOML"):
        policies.load(path)


@pytest.mark.parametrize(
    "given", [{}, {"format": "crmlib.policy/2", "parts": []}, {"format": "crmlib.policy/1"}]
)
def test_a_dict_of_another_format_is_refused(given: dict[str, object]) -> None:
    """from_dict reads its own format and no other."""
    with pytest.raises(ConfigError, match=r"'crmlib\.policy/1' can be read"):
        Policy.from_dict(given)
