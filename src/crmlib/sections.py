"""TOML files that people write, read key by key; what nobody read is unknown."""

from __future__ import annotations

import os
import tomllib
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from crmlib.exceptions import (
    ConfigError,
    CRMLibError,
    InvalidParameterError,
    UnknownNameError,
    UnreadableFileError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_ENV: Final = "env:"
REQUIRED: Final = object()
"""Stands for the default of a key that has none."""
_BARE: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def read_toml(file: Path, path: str, way_out: str) -> Section:
    """Read a whole TOML file.

    Parameters
    ----------
    file : Path
        The file.
    path : str
        What errors call it.
    way_out : str
        What to do if there is no such file.

    Raises
    ------
    ConfigError
        If it is no TOML.
    UnreadableFileError
        If there is no such file, it may not be read, or is not in UTF-8.
    """
    try:
        return Section(path, "", tomllib.loads(file.read_text(encoding="utf-8-sig")))
    except OSError as error:
        told = f"cannot be read ({error.strerror})"
        raise UnreadableFileError(path, told, way_out) from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(path, "is not in UTF-8", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            path,
            "the file",
            f"is no TOML: {error}",
            "texts need quotes, and a key may stand once in its table",
        ) from error


class Section:
    """A table of a TOML file.

    Parameters
    ----------
    path : str
        The file, for errors.
    name : str
        The dotted key of the table; empty for the whole file.
    values : mapping of str to object
        What the file says.
    """

    def __init__(self, path: str, name: str, values: Mapping[str, Any]) -> None:
        self.path = path
        self.name = name
        self._values = values
        self._asked: list[str] = []

    @property
    def keys(self) -> list[str]:
        """The keys that the file has here."""
        return list(self._values)

    def key(self, key: str) -> str:
        """Give the dotted name of *key*, as it is written in TOML."""
        shown = key if key and set(key) <= _BARE else f'"{key}"'
        return f"{self.name}.{shown}" if self.name else shown

    def error(self, key: str, problem: str, way_out: str) -> ConfigError:
        """Give the error of *key*."""
        return ConfigError(self.path, self.key(key), problem, way_out)

    @property
    def tables(self) -> list[str]:
        """The keys that head tables of their own."""
        return [key for key, value in self._values.items() if isinstance(value, dict)]

    def text(self, key: str, default: Any = REQUIRED) -> Any:
        """Give the text of *key*."""
        return self._get(key, default, lambda value: isinstance(value, str), "a text in quotes")

    def number(self, key: str, default: Any = REQUIRED) -> Any:
        """Give the number of *key*."""
        return self._get(key, default, _is_number, "a number, without quotes")

    def whole_number(self, key: str, default: Any = REQUIRED) -> Any:
        """Give the whole number of *key*."""
        return self._get(
            key,
            default,
            lambda value: _is_number(value) and isinstance(value, int),
            "a whole number, without quotes",
        )

    def texts(self, key: str, default: Any = REQUIRED) -> Any:
        """Give the texts of *key* as a tuple."""
        found = self._get(key, default, _are_texts, 'a list of texts, such as ["A", "B"]')
        return tuple(found) if isinstance(found, list) else found

    def text_or_texts(self, key: str) -> tuple[str, ...]:
        """Give the text, or the texts, of *key* as a tuple."""
        found = self._get(
            key,
            REQUIRED,
            lambda value: isinstance(value, str) or _are_texts(value),
            'a text, or a list of texts such as ["A", "B"]',
        )
        return (found,) if isinstance(found, str) else tuple(found)

    def value(self, key: str, expected: str, kinds: tuple[type, ...], default: Any) -> Any:
        """Give the value of *key* if it is of one of *kinds*."""
        return self._get(key, default, lambda value: isinstance(value, kinds), expected)

    def setting(self, key: str) -> Any:
        """Give the value of *key*, whatever it is."""
        return self._get(key, None, lambda _: True, "")

    def resolve(self, key: str, value: Any) -> Any:
        """Give *value*, the setting *key*; ``"env:NAME"`` is replaced by that variable.

        Raises
        ------
        ConfigError
            If the variable is not set; the text tells its name and no value.
        """
        if not isinstance(value, str) or not value.startswith(_ENV):
            return value
        variable = value.removeprefix(_ENV)
        if variable not in os.environ:
            raise self.error(
                key,
                f"is read from the environment variable {variable!r}, which is not set",
                f"set it: export {variable}=…",
            )
        return os.environ[variable]

    def list_of_tables(self, key: str) -> list[Section]:
        """Give each table of the list *key*."""
        found = self._get(key, REQUIRED, _are_tables, f"tables, each headed [[{self.key(key)}]]")
        return [
            Section(self.path, f"{self.key(key)}[{number}]", values)
            for number, values in enumerate(found, 1)
        ]

    def table(self, key: str, default: Any = REQUIRED) -> Section:
        """Give the table *key*."""
        found = self._get(
            key,
            default,
            lambda value: isinstance(value, dict),
            f"a table, headed [{self.key(key)}]",
        )
        return Section(self.path, self.key(key), found)

    def choice(self, key: str, known: Mapping[str, Any]) -> str:
        """Give the text of *key*, one of *known*."""
        found = self.text(key)
        self.check_names(key, key, [found], list(known))
        return str(found)

    def check_names(self, key: str, kind: str, names: Sequence[str], known: Sequence[str]) -> None:
        """Refuse *key* if one of *names* is not among the *known* names of *kind*."""
        for name in names:
            if name not in known:
                with self.owning(key):
                    raise UnknownNameError(kind, name, known)

    def finish(self) -> None:
        """Refuse the keys that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                close = get_close_matches(key, self._asked, n=1)
                hint = f"did you mean {close[0]!r}? " if close else ""
                known = sorted(set(self._asked))
                raise self.error(key, "is no key that is known here", f"{hint}there are {known}")

    @contextmanager
    def owning(self, key: str) -> Iterator[None]:
        """Blame *key* for the errors of what is made of it."""
        try:
            yield
        except ConfigError:
            raise
        except CRMLibError as error:
            raise self.error(key, *_explain(error, key)) from error

    def _get(self, key: str, default: Any, test: Callable[[Any], bool], expected: str) -> Any:
        self._asked.append(key)
        if key not in self._values:
            if default is not REQUIRED:
                return default
            close = get_close_matches(key, [k for k in self._values if k not in self._asked], n=1)
            hint = f"is it what you wrote as {close[0]!r}? " if close else ""
            raise self.error(key, "is missing", f"{hint}give it {expected}")
        value = self._values[key]
        if not test(value):
            raise self.error(key, f"is {value!r}", f"it must be {expected}")
        return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _explain(error: CRMLibError, key: str) -> tuple[str, str]:
    """Give what is wrong with *key* and what would do, in the words of *error*."""
    if isinstance(error, InvalidParameterError):
        verb = "is" if error.name == key else f"has {error.name} ="
        return f"{verb} {error.value!r}", f"it must be {error.expected}"
    if isinstance(error, UnknownNameError):
        _, _, known = str(error).partition("; ")
        return f"names the {error.kind} {error.name!r}, which there is not", known
    problem, way_out = getattr(error, "problem", None), getattr(error, "way_out", None)
    if problem and way_out:
        return problem, way_out
    return f"cannot be used: {error}", "correct it"
