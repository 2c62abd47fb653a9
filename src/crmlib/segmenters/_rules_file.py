"""Rules that a marketer keeps in a TOML file."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.exceptions import ConfigError, CRMLibError, InvalidParameterError, UnreadableFileError
from crmlib.segmenters._rule import Rule

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

_HEADS = "rules, each headed [[rules]], with a name and conditions: where = [[…], …]"


def read_rules_file(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Give the parameters of the segmenter that the file at *path* describes.

    Raises
    ------
    UnreadableFileError
        If there is no such file, or it is not in UTF-8.
    ConfigError
        If it is no TOML, or a key is unknown, missing, or has a value that it
        cannot have; the text names the file, the rule and the key.
    """
    told = _read_toml(Path(path))
    _check_keys(str(path), told, "", ["default", "rules"])
    rules = told.get("rules")
    if not (isinstance(rules, list) and rules and all(isinstance(rule, dict) for rule in rules)):
        raise ConfigError(str(path), "rules", "are missing or of another kind", f"write {_HEADS}")
    read = [_read_rule(str(path), rule, f"rules[{n}]") for n, rule in enumerate(rules, start=1)]
    return {"rules": read} | {key: told[key] for key in told if key == "default"}


def _read_rule(path: str, told: Mapping[str, Any], place: str) -> Rule:
    _check_keys(path, told, f"{place}.", ["name", "where"])
    for key in ("name", "where"):
        if key not in told:
            raise ConfigError(path, f"{place}.{key}", "is missing", f"write {_HEADS}")
    try:
        return Rule.from_dict(told)
    except InvalidParameterError as error:
        way_out = f"{error.name} must be {error.expected}"
        raise ConfigError(path, place, f"holds {error.value!r}", way_out) from error
    except CRMLibError as error:
        raise ConfigError(path, place, f"({told['name']!r}) cannot be", str(error)) from error


def _check_keys(path: str, told: Mapping[str, Any], place: str, known: Sequence[str]) -> None:
    """Refuse keys that are not *known*."""
    for key in told:
        if key not in known:
            close = get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise ConfigError(
                path, f"{place}{key}", "is no key that is known here", f"{hint}there are {known}"
            )


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        problem = f"cannot be read ({error.strerror})"
        raise UnreadableFileError(str(file), problem, "give the path of a rules file") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(str(file), "is not in UTF-8", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            str(file),
            "the file",
            f"is no TOML: {error}",
            "texts need quotes, and a table in braces stands on one line",
        ) from error
