"""Reading a policy file, with errors that name key, value and way out."""

from __future__ import annotations

from datetime import date, time
from difflib import get_close_matches
from string import Formatter
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from crmlib.exceptions import ConfigError, InvalidParameterError
from crmlib.messages import Purpose
from crmlib.policies._citation import Citation
from crmlib.policies._consent_kind import ConsentKind
from crmlib.policies._dress import SENDER_FIELDS
from crmlib.policies._jurisdiction import Jurisdiction
from crmlib.policies._policy_rule import PolicyRule
from crmlib.policies._quiet_hours import MINUTES_PER_DAY, QuietHours
from crmlib.policies._wording import Wording
from crmlib.tables import get_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
    top = _Table(path, "", given)
    top.only("jurisdiction", "title", "as_of", "sources", "rules")
    name = top.text("jurisdiction")
    sources = top.table("sources")
    citations = {key: _read_citation(sources.table(key), key) for key in sources.given}
    rules: dict[tuple[str, str], PolicyRule] = {}
    for table in top.tables("rules"):
        for rule in _read_rules(table, name, citations):
            if (rule.medium, rule.purpose) in rules:
                what = f"has a second {rule.purpose} rule for {rule.medium!r}"
                table.fail("media", what, "keep one rule for each medium and purpose")
            rules[rule.medium, rule.purpose] = rule
    return Jurisdiction(
        name=name, title=top.text("title"), as_of=top.date("as_of"), rules=tuple(rules.values())
    )


def _read_citation(table: _Table, key: str) -> Citation:
    table.only("law", "says", "verified", "in_force_since")
    return Citation(
        key=key,
        law=table.text("law"),
        says=table.text("says"),
        verified=table.flag("verified"),
        in_force_since=table.date("in_force_since") if "in_force_since" in table.given else None,
    )


def _read_rules(
    table: _Table, jurisdiction: str, citations: Mapping[str, Citation]
) -> list[PolicyRule]:
    """Give the rule of *table* once for each medium that it names."""
    table.only("media", "purpose", "consent", "quiet_hours", "wording")
    consent = table.table("consent")
    consent.only("kind", "sources")
    rule = PolicyRule(
        jurisdictions=(jurisdiction,),
        medium="",
        purpose=Purpose(table.one_of("purpose", list(Purpose))),
        consent=ConsentKind(consent.one_of("kind", list(ConsentKind))),
        consent_citations=consent.citations(citations),
        quiet_hours=tuple(_read_quiet(t, citations) for t in table.tables("quiet_hours", least=0)),
        wording=_read_wording(table.table("wording"), citations)
        if "wording" in table.given
        else Wording(),
    )
    return [attrs.evolve(rule, medium=medium) for medium in table.texts("media")]


def _read_quiet(table: _Table, citations: Mapping[str, Citation]) -> QuietHours:
    table.only("start", "end", "zone", "night_consent", "margin_minutes", "sources")
    start, end = table.time("start"), table.time("end")
    margin = table.minutes("margin_minutes")
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


def _read_wording(table: _Table, citations: Mapping[str, Citation]) -> Wording:
    table.only(*_LINES, "sources")
    lines = {name: table.lines(name) for name in _LINES if name in table.given}
    needs_source = bool(lines) or bool(table.given.get("sources"))
    return Wording(**lines, citations=table.citations(citations) if needs_source else ())


@attrs.frozen
class _Table:
    """A table of the file that knows where it stands, for the errors."""

    path: str
    key: str
    given: Mapping[str, Any]

    def fail(self, key: str, problem: str, way_out: str) -> NoReturn:
        raise ConfigError(self.path, self._full(key), problem, way_out)

    def _full(self, key: str) -> str:
        return f"{self.key}.{key}" if self.key else key

    def only(self, *known: str) -> None:
        """Refuse keys that are not *known*."""
        for key in self.given:
            if key not in known:
                close = get_close_matches(key, known, n=1)
                hint = f"did you mean {close[0]!r}? " if close else ""
                self.fail(key, "is no key of this table", f"{hint}it may have {list(known)}")

    def _get(self, key: str, kind: type | tuple[type, ...], expected: str) -> Any:
        if key not in self.given:
            self.fail(key, "is missing", f"give {expected}")
        value = self.given[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fail(key, f"is {value!r}", f"give {expected}")
        return value

    def text(self, key: str) -> str:
        value: str = self._get(key, str, "a text")
        if not value.strip():
            self.fail(key, "is empty", "give a text")
        return value

    def flag(self, key: str) -> bool:
        value: bool = self._get(key, bool, "true or false")
        return value

    def minutes(self, key: str) -> int:
        expected = "whole minutes, 0 or more"
        value: int = self._get(key, int, expected)
        if value < 0:
            self.fail(key, f"is {value}", f"give {expected}")
        return value

    def one_of(self, key: str, choices: Sequence[str]) -> str:
        expected = f"one of {[str(choice) for choice in choices]}"
        value: str = self._get(key, str, expected)
        if value not in choices:
            self.fail(key, f"is {value!r}", f"give {expected}")
        return value

    def date(self, key: str) -> date:
        expected = "a day such as 2026-11-01"
        value = self._get(key, (str, date), expected)
        return value if isinstance(value, date) else self._parse(key, date.fromisoformat, expected)

    def time(self, key: str) -> time:
        expected = 'a time in whole minutes such as "21:00"'
        value = self._get(key, (str, time), expected)
        found = (
            value if isinstance(value, time) else self._parse(key, time.fromisoformat, expected)
        )
        if found.second or found.microsecond or found.tzinfo:
            self.fail(key, f"is {value!r}", f"give {expected}")
        return found

    def zone(self, key: str) -> str:
        expected = 'an IANA zone such as "Asia/Seoul", or leave it out for the recipient\'s own'
        self._get(key, str, expected)
        zone: str = self._parse(key, get_zone, expected).key
        return zone

    def _parse(self, key: str, parse: Callable[[str], Any], expected: str) -> Any:
        try:
            return parse(self.given[key])
        except (ValueError, InvalidParameterError):
            self.fail(key, f"is {self.given[key]!r}", f"give {expected}")

    def texts(self, key: str) -> tuple[str, ...]:
        """Give a list of texts, at least one."""
        expected = "a list of texts"
        values: list[Any] = self._get(key, list, expected)
        if not values or not all(isinstance(value, str) and value.strip() for value in values):
            self.fail(key, f"is {values!r}", f"give {expected}, none of them empty")
        return tuple(values)

    def lines(self, key: str) -> tuple[str, ...]:
        """Give lines whose fields in braces are those of a sender."""
        lines = self.texts(key)
        way_out = f"the fields are {[f'{{{field}}}' for field in SENDER_FIELDS]}"
        for line in lines:
            try:
                fields = list(Formatter().parse(line))
            except ValueError as error:
                self.fail(key, f"has the line {line!r} ({error})", way_out)
            for _, field, spec, conversion in fields:
                if field is not None and (field not in SENDER_FIELDS or spec or conversion):
                    self.fail(key, f"has the line {line!r}", way_out)
        return lines

    def table(self, key: str) -> _Table:
        return _Table(self.path, self._full(key), self._get(key, dict, "a table"))

    def tables(self, key: str, least: int = 1) -> list[_Table]:
        """Give a list of tables, none if the key is missing and *least* is 0."""
        if least == 0 and key not in self.given:
            return []
        values: list[Any] = self._get(key, list, f"[[{self._full(key)}]] tables")
        if len(values) < least or not all(isinstance(value, dict) for value in values):
            self.fail(key, f"is {values!r}", f"give [[{self._full(key)}]] tables")
        full = self._full(key)
        return [_Table(self.path, f"{full}[{n}]", value) for n, value in enumerate(values, 1)]

    def citations(self, known: Mapping[str, Citation]) -> tuple[Citation, ...]:
        """Give the sources that ``sources`` names, at least one."""
        names = self.texts("sources")
        for name in names:
            if name not in known:
                self.fail("sources", f"names {name!r}", f"the [sources] are {sorted(known)}")
        return tuple(known[name] for name in names)
