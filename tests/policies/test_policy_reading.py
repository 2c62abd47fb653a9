"""Mistakes in a policy file are named with key, value and way out."""

import copy
from datetime import date, time
from typing import Any

import pytest

from crmlib.exceptions import ConfigError
from crmlib.policies._reading import read_jurisdiction

GIVEN = {
    "jurisdiction": "house",
    "title": "Rules of our own",
    "as_of": date(2026, 11, 1),
    "sources": {"s": {"law": "law", "says": "says", "verified": True}},
    "rules": [
        {
            "media": ["email"],
            "purpose": "advertising",
            "consent": {"kind": "opt-in", "sources": ["s"]},
            "quiet_hours": [
                {
                    "start": time(21),
                    "end": "08:00",
                    "zone": "Asia/Seoul",
                    "night_consent": True,
                    "margin_minutes": 10,
                    "sources": ["s"],
                }
            ],
            "wording": {"footer": ["{name}"], "sources": ["s"]},
        }
    ],
}
MISSING = object()


def _changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    given = copy.deepcopy(GIVEN)
    place: Any = given
    for step in path[:-1]:
        place = place[step]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return given


QUIET = ("rules", 0, "quiet_hours", 0)
MISTAKES = [
    (("titel",), "x", "titel is no key of this table; did you mean 'title'? it may have ['juris"),
    (("mood",), "x", "mood is no key of this table; it may have ['jurisdiction', 'title'"),
    (("title",), MISSING, "title is missing; give a text"),
    (("title",), 3, "title is 3; give a text"),
    (("title",), " ", "title is empty; give a text"),
    (("as_of",), "soon", "as_of is 'soon'; give a day such as 2026-11-01"),
    (("sources",), [], "sources is []; give a table"),
    (("sources", "s", "verified"), "yes", "sources.s.verified is 'yes'; give true or false"),
    (("rules",), [], "rules is []; give [[rules]] tables"),
    (("rules",), ["x"], "rules is ['x']; give [[rules]] tables"),
    (("rules", 0, "media"), [], "rules[1].media is []; give a list of texts, none of them empty"),
    (("rules", 0, "media"), ["a", 2], "rules[1].media is ['a', 2]; give a list of texts"),
    (
        ("rules", 0, "media"),
        ["email", "email"],
        "rules[1].media has a second advertising rule for 'email'; keep one rule for each",
    ),
    (
        ("rules", 0, "purpose"),
        "ads",
        "rules[1].purpose is 'ads'; give one of ['advertising', 'informational']",
    ),
    (
        ("rules", 0, "consent", "kind"),
        "optin",
        "rules[1].consent.kind is 'optin'; give one of ['none', 'opt-out', 'opt-in']",
    ),
    (
        ("rules", 0, "consent", "sources"),
        ["t"],
        "rules[1].consent.sources names 't'; the [sources] are ['s']",
    ),
    (("rules", 0, "consent", "sources"), MISSING, "rules[1].consent.sources is missing"),
    ((*QUIET, "start"), "25:00", "rules[1].quiet_hours[1].start is '25:00'; give a time in"),
    ((*QUIET, "start"), time(21, 0, 30), "quiet_hours[1].start is datetime.time(21, 0, 30)"),
    ((*QUIET, "end"), "21:00", "quiet_hours[1].end 21:00 is the start as well; give another"),
    ((*QUIET, "zone"), "Asia/Soul", "zone is 'Asia/Soul'; give an IANA zone"),
    ((*QUIET, "zone"), "../x", "zone is '../x'; give an IANA zone"),
    ((*QUIET, "night_consent"), 1, "night_consent is 1; give true or false"),
    ((*QUIET, "margin_minutes"), -1, "margin_minutes is -1; give whole minutes, 0 or more"),
    ((*QUIET, "margin_minutes"), True, "margin_minutes is True; give whole minutes, 0 or more"),
    ((*QUIET, "margin_minutes"), 780, "margin_minutes 780 leaves no open hour"),
    (
        ("rules", 0, "wording", "footer"),
        ["{fax}"],
        "rules[1].wording.footer has the line '{fax}'; the fields are ['{name}'",
    ),
    (("rules", 0, "wording", "footer"), ["{name.x}"], "has the line '{name.x}'; the fields are"),
    (("rules", 0, "wording", "footer"), ["{name!r}"], "has the line '{name!r}'; the fields are"),
    (("rules", 0, "wording", "footer"), ["{name:9}"], "has the line '{name:9}'; the fields are"),
    (("rules", 0, "wording", "footer"), ["{name"], "has the line '{name' (expected '}'"),
    (("rules", 0, "wording", "sources"), MISSING, "rules[1].wording.sources is missing"),
]


@pytest.mark.parametrize(
    ("path", "value", "text"), MISTAKES, ids=[f"{n}-{m[0][-1]}" for n, m in enumerate(MISTAKES)]
)
def test_a_mistake_is_named(path: tuple[str | int, ...], value: object, text: str) -> None:
    """Each mistake is a ConfigError that names file, key, value and way out."""
    with pytest.raises(ConfigError) as caught:
        read_jurisdiction("house.toml", _changed(path, value))

    assert str(caught.value).startswith("house.toml: ")
    assert text in str(caught.value)


def test_what_is_optional_may_be_left_out() -> None:
    """A rule needs neither quiet hours nor wording, and a source no day."""
    given = _changed(("rules", 0, "quiet_hours"), MISSING)
    del given["rules"][0]["wording"]

    rule = read_jurisdiction("house.toml", given).rules[0]

    assert rule.quiet_hours == ()
    assert rule.wording.citations == ()
    assert rule.consent_citations[0].in_force_since is None


def test_an_empty_wording_needs_no_source() -> None:
    """A wording without lines, as to_dict writes it, reads as none."""
    given = _changed(("rules", 0, "wording"), {"sources": []})

    assert read_jurisdiction("house.toml", given).rules[0].wording.footer == ()


DUTY = {
    "name": "thanks",
    "kind": "notice",
    "after": ["consent", "withdrawal"],
    "task": "say thanks",
    "within_days": 3,
    "sources": ["s"],
    "texts": {
        "en": {
            "subject": "Thanks from {sender}",
            "body": "{sender} {contact} {facts}",
            "consent": "{date} {medium} {what}",
            "withdrawal": "{date}",
        }
    },
}
CAP = {"most": 1, "per": "day", "sources": ["s"]}
WORDS = {"whole": ["stop"], "sources": ["s"]}
TEXT = ("duties", 0, "texts", "en")
LATER_MISTAKES = [
    (("duties", 0, "name"), "Thanks!", "duties[1].name is 'Thanks!'; give small letters"),
    (("duties", 0, "kind"), "party", "duties[1].kind is 'party'; give one of ['notice', 'stop']"),
    (("duties", 0, "within_days"), 0, "within_days is 0; give whole days, 1 or more"),
    (("duties", 0, "within_days"), MISSING, "within_days is one of 0 spans; give one of ["),
    (("duties", 0, "every_years"), 2, "within_days is one of 2 spans; give one of ["),
    (("duties", 0, "after"), ["birth"], "after is ['birth']; for such a duty it is of ['consent'"),
    (("duties", 0, "after"), ["consent"] * 2, "after is ['consent', 'consent']; for such a duty"),
    (("duties", 0, "kind"), "stop", "it is of ['withdrawal']"),
    (("duties", 0, "sources"), ["x"], "duties[1].sources names 'x'; the [sources] are ['s']"),
    (("duties", 0, "sauces"), 1, "sauces is no key of this table; did you mean 'sources'?"),
    ((*TEXT, "body"), "{sender} {facts}", "body does not show {contact}; a notice says all of"),
    (
        (*TEXT, "body"),
        "{sender} {contact} {facts} {ad}",
        "the fields are ['{sender}', '{contact}'",
    ),
    ((*TEXT, "subject"), "One\nTwo", "subject has a line break; write it on one line"),
    ((*TEXT, "consent"), "{medium}", "consent does not show {date}; a notice says when"),
    ((*TEXT, "withdrawal"), MISSING, "duties[1].texts.en.withdrawal is missing; give a text"),
    (("rules", 0, "caps"), [{**CAP, "most": 0}], "most is 0; give whole messages, 1 or more"),
    (("rules", 0, "caps"), [{**CAP, "per": "hour"}], "give one of ['day', 'week', 'month']"),
    (("opt_out",), {"sources": ["s"]}, "opt_out.whole is missing, and so is within"),
    (("opt_out", "whole"), ["!"], "whole holds '!'; give texts with letters in them"),
]


@pytest.mark.parametrize(
    ("path", "value", "text"),
    LATER_MISTAKES,
    ids=[f"{n}-{m[0][-1]}" for n, m in enumerate(LATER_MISTAKES)],
)
def test_a_mistake_in_duties_caps_or_words_is_named(
    path: tuple[str | int, ...], value: object, text: str
) -> None:
    """Duties, caps and opt-out words are checked on load like the rest of the file."""
    given = copy.deepcopy(GIVEN) | {"duties": [copy.deepcopy(DUTY)], "opt_out": dict(WORDS)}
    place: Any = given
    for step in path[:-1]:
        place = place[step]
    if value is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = value

    with pytest.raises(ConfigError) as caught:
        read_jurisdiction("house.toml", given)

    assert text in str(caught.value)


def test_texts_are_for_notices() -> None:
    """A duty by which nothing is sent has no text; one that comes again is of consents."""
    silent = DUTY | {"kind": "stop", "after": ["withdrawal"]}
    again = {key: value for key, value in DUTY.items() if key != "within_days"}
    for duty, text in (
        (silent, "texts is there, and nothing is sent"),
        (again | {"every_years": 2}, "it is of ['consent']"),
    ):
        with pytest.raises(ConfigError) as caught:
            read_jurisdiction("house.toml", GIVEN | {"duties": [duty]})

        assert text in str(caught.value)


def test_a_file_may_hold_duties_or_words_alone() -> None:
    """A file of one's own need not repeat rules; one with nothing at all is refused."""
    bare = {key: value for key, value in GIVEN.items() if key != "rules"}
    part = read_jurisdiction("house.toml", bare | {"duties": [DUTY], "opt_out": WORDS})

    assert [duty.name for duty in part.duties] == ["thanks"]
    assert part.duties[0].within == "within 3 days"
    assert part.opt_out_words.whole == ("stop",)
    with pytest.raises(ConfigError, match="rules is missing"):
        read_jurisdiction("house.toml", bare)
