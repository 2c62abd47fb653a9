"""Reading a policy file, with errors that name key, value and way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from crmlib.messages import Purpose
from crmlib.policies._citation import Citation
from crmlib.policies._consent_kind import ConsentKind
from crmlib.policies._dress import SENDER_FIELDS
from crmlib.policies._duty_reading import read_duty
from crmlib.policies._file_table import FileTable
from crmlib.policies._jurisdiction import Jurisdiction
from crmlib.policies._opt_out_words import OptOutWords
from crmlib.policies._policy_rule import PolicyRule
from crmlib.policies._quiet_hours import MINUTES_PER_DAY, QuietHours
from crmlib.policies._send_cap import CALENDAR, SendCap
from crmlib.policies._wording import Wording

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINES = ("subject_labels", "body_labels", "opening", "footer", "closing")


def read_jurisdiction(path: str, given: Mapping[str, Any]) -> Jurisdiction:
    """Make a jurisdiction of what a policy file says.

    Parameters
    ----------
    path : str
        What errors call the file.
    given : mapping
        Its content, dates and times as TOML or as ISO text.

    Raises
    ------
    ConfigError
        If a key is unknown or missing, or a value is not what it must be.
    """
    top = FileTable(path, "", given)
    top.only("jurisdiction", "title", "as_of", "sources", "rules", "duties", "opt_out")
    name = top.text("jurisdiction")
    sources = top.table("sources")
    citations = {key: _read_citation(sources.table(key), key) for key in sources.given}
    rules: dict[tuple[str, str], PolicyRule] = {}
    duties = tuple(read_duty(t, name, citations) for t in top.tables("duties", least=0))
    for table in top.tables("rules", least=0 if duties or "opt_out" in top.given else 1):
        for rule in _read_rules(table, name, citations):
            if (rule.medium, rule.purpose) in rules:
                what = f"has a second {rule.purpose} rule for {rule.medium!r}"
                table.fail("media", what, "keep one rule for each medium and purpose")
            rules[rule.medium, rule.purpose] = rule
    return Jurisdiction(
        name=name,
        title=top.text("title"),
        as_of=top.date("as_of"),
        rules=tuple(rules.values()),
        duties=duties,
        opt_out_words=_read_opt_out(top.table("opt_out"), citations)
        if "opt_out" in top.given
        else OptOutWords(),
    )


def _read_citation(table: FileTable, key: str) -> Citation:
    table.only("law", "says", "verified", "in_force_since")
    return Citation(
        key=key,
        law=table.text("law"),
        says=table.text("says"),
        verified=table.flag("verified"),
        in_force_since=table.date("in_force_since") if "in_force_since" in table.given else None,
    )


def _read_rules(
    table: FileTable, jurisdiction: str, citations: Mapping[str, Citation]
) -> list[PolicyRule]:
    """Give the rule of *table* once for each medium that it names."""
    table.only("media", "purpose", "consent", "quiet_hours", "caps", "wording")
    consent = table.table("consent")
    consent.only("kind", "sources")
    rule = PolicyRule(
        jurisdictions=(jurisdiction,),
        medium="",
        purpose=Purpose(table.one_of("purpose", list(Purpose))),
        consent=ConsentKind(consent.one_of("kind", list(ConsentKind))),
        consent_citations=consent.citations(citations),
        quiet_hours=tuple(_read_quiet(t, citations) for t in table.tables("quiet_hours", least=0)),
        caps=tuple(_read_cap(t, citations) for t in table.tables("caps", least=0)),
        wording=_read_wording(table.table("wording"), citations)
        if "wording" in table.given
        else Wording(),
    )
    return [attrs.evolve(rule, medium=medium) for medium in table.texts("media")]


def _read_quiet(table: FileTable, citations: Mapping[str, Citation]) -> QuietHours:
    table.only("start", "end", "zone", "night_consent", "margin_minutes", "sources")
    start, end = table.time("start"), table.time("end")
    margin = table.whole_number("margin_minutes", "minutes")
    length = ((end.hour - start.hour) * 60 + end.minute - start.minute) % MINUTES_PER_DAY
    if length == 0:
        table.fail("end", f"{end:%H:%M} is the start as well", "give another time than start")
    if length + margin >= MINUTES_PER_DAY:
        table.fail("margin_minutes", f"{margin} leaves no open hour", "give a smaller margin")
    return QuietHours(
        start=start,
        end=end,
        zone=table.zone("zone") if "zone" in table.given else None,
        night_consent=table.flag("night_consent"),
        margin_minutes=margin,
        citations=table.citations(citations),
    )


def _read_wording(table: FileTable, citations: Mapping[str, Citation]) -> Wording:
    table.only(*_LINES, "sources")
    lines = {name: table.lines(name, SENDER_FIELDS) for name in _LINES if name in table.given}
    needs_source = bool(lines) or bool(table.given.get("sources"))
    return Wording(**lines, citations=table.citations(citations) if needs_source else ())


def _read_cap(table: FileTable, citations: Mapping[str, Citation]) -> SendCap:
    table.only("most", "per", "zone", "sources")
    return SendCap(
        most=table.whole_number("most", "messages", least=1),
        per=table.one_of("per", CALENDAR),
        citations=table.citations(citations),
        zone=table.zone("zone") if "zone" in table.given else None,
    )


def _read_opt_out(table: FileTable, citations: Mapping[str, Citation]) -> OptOutWords:
    table.only("whole", "within", "sources")
    words = {name: table.texts(name) for name in ("whole", "within") if name in table.given}
    if not words:
        table.fail("whole", "is missing, and so is within", "give a list of texts in one of them")
    for name, listed in words.items():
        for text in listed:
            if not any(map(str.isalnum, text)):
                table.fail(name, f"holds {text!r}", "give texts with letters in them")
    return OptOutWords(**words, citations=table.citations(citations))
