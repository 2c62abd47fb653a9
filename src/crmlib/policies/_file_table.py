"""A table of a policy file that knows where it stands, for the errors."""

from __future__ import annotations

from datetime import date, time
from difflib import get_close_matches
from string import Formatter
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from crmlib.exceptions import ConfigError, InvalidParameterError
from crmlib.tables import get_zone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crmlib.policies._citation import Citation


@attrs.frozen
class FileTable:
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

    def whole_number(self, key: str, unit: str, least: int = 0) -> int:
        expected = f"whole {unit}, {least} or more"
        value: int = self._get(key, int, expected)
        if value < least:
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

    def lines(self, key: str, fields: Sequence[str]) -> tuple[str, ...]:
        """Give texts whose fields in braces are some of *fields*."""
        lines = self.texts(key)
        for line in lines:
            self.fields_of(key, line, fields)
        return lines

    def fields_of(self, key: str, line: str, fields: Sequence[str]) -> set[str]:
        """Give the fields in braces of *line*, which are some of *fields*."""
        way_out = f"the fields are {[f'{{{field}}}' for field in fields]}"
        try:
            found = list(Formatter().parse(line))
        except ValueError as error:
            self.fail(key, f"has the line {line!r} ({error})", way_out)
        for _, field, spec, conversion in found:
            if field is not None and (field not in fields or spec or conversion):
                self.fail(key, f"has the line {line!r}", way_out)
        return {field for _, field, _, _ in found if field is not None}

    def table(self, key: str) -> FileTable:
        return FileTable(self.path, self._full(key), self._get(key, dict, "a table"))

    def tables(self, key: str, least: int = 1) -> list[FileTable]:
        """Give a list of tables, none if the key is missing and *least* is 0."""
        if least == 0 and key not in self.given:
            return []
        values: list[Any] = self._get(key, list, f"[[{self._full(key)}]] tables")
        if len(values) < least or not all(isinstance(value, dict) for value in values):
            self.fail(key, f"is {values!r}", f"give [[{self._full(key)}]] tables")
        full = self._full(key)
        return [FileTable(self.path, f"{full}[{n}]", value) for n, value in enumerate(values, 1)]

    def citations(self, known: Mapping[str, Citation]) -> tuple[Citation, ...]:
        """Give the sources that ``sources`` names, at least one."""
        names = self.texts("sources")
        for name in names:
            if name not in known:
                self.fail("sources", f"names {name!r}", f"the [sources] are {sorted(known)}")
        return tuple(known[name] for name in names)
