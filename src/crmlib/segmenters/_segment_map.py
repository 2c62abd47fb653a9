"""Which codes of three digits bear which name, checked code by code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidParameterError, UnknownNameError
from crmlib.segmenters._built_in_maps import CODES, LABELS, MAPS

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_SHOWN = 10


def list_codes(bins: Sequence[int]) -> list[str]:
    """Give every code, best first, of as many bins per column."""
    digits = [[str(digit) for digit in range(count, 0, -1)] for count in bins]
    return ["".join(code) for code in product(*digits)]


def read_labels(labels: str) -> Mapping[str, str]:
    """Give what the built-in names are called in the language *labels*.

    Raises
    ------
    UnknownNameError
        If there is no such language.
    """
    if not (isinstance(labels, str) and labels in LABELS):
        raise UnknownNameError("language of labels", str(labels), list(LABELS))
    return LABELS[labels]


def name_codes(
    segment_map: str | Mapping[str, str | Sequence[str]], labels: str, bins: Sequence[int]
) -> dict[str, str]:
    """Give each code its name, names in the order of the map.

    Raises
    ------
    InvalidParameterError
        If a code has no name or several, a pattern fits no code, or two names
        have one label.
    UnknownNameError
        If there is no such built-in map or language.
    """
    translate = read_labels(labels)
    codes = list_codes(bins)
    if segment_map == CODES:
        return {code: code for code in codes}
    patterns = _read_patterns(segment_map)
    names: dict[str, list[str]] = {code: [] for code in codes}
    idle: list[str] = []
    for name, texts in patterns.items():
        fits = [[code for code in codes if re.fullmatch(text, code)] for text in texts]
        idle += [f"{name}: {text}" for text, fit in zip(texts, fits, strict=True) if not fit]
        for code in sorted(set().union(*fits)):
            names[code].append(name)
    _check_names(names, idle, bins)
    order = {name: place for place, name in enumerate(patterns)}
    ordered = sorted(codes, key=lambda code: order[names[code][0]])
    return {code: translate.get(names[code][0], names[code][0]) for code in ordered}


def _read_patterns(
    segment_map: str | Mapping[str, str | Sequence[str]],
) -> dict[str, tuple[str, ...]]:
    if isinstance(segment_map, str):
        if segment_map not in MAPS:
            raise UnknownNameError("segment map", segment_map, [*MAPS, CODES])
        segment_map = MAPS[segment_map]
    if not isinstance(segment_map, Mapping):
        raise InvalidParameterError("segment_map", segment_map, "a name or a dict of patterns")
    patterns = {}
    for name, given in segment_map.items():
        if not (isinstance(name, str) and name.strip()):
            raise InvalidParameterError("segment_map", name, "a dict whose keys are names")
        texts = (given,) if isinstance(given, str) else tuple(given)
        for text in texts:
            try:
                re.compile(text)
            except (re.error, TypeError) as error:
                raise InvalidParameterError(
                    f"segment_map[{name!r}]", text, "patterns of codes, such as '[45][45].'"
                ) from error
        if not texts:
            raise InvalidParameterError(f"segment_map[{name!r}]", given, "one pattern or more")
        patterns[name] = texts
    return patterns


def _check_names(
    names: Mapping[str, Sequence[str]], idle: Sequence[str], bins: Sequence[int]
) -> None:
    problems = {
        "codes without a name": sorted(code for code, given in names.items() if not given),
        "codes with several names": sorted(
            f"{code}: {', '.join(given)}" for code, given in names.items() if len(given) > 1
        ),
        "patterns that fit no code": list(idle),
    }
    found = {kind: _shorten(cases) for kind, cases in problems.items() if cases}
    if found:
        best = "".join(map(str, bins))
        raise InvalidParameterError(
            "segment_map",
            found,
            f"a map that gives every code from 111 to {best} exactly one name ('eleven' is "
            "written for n_bins=5, 'small-shop' for as many cut points as it brings)",
        )


def _shorten(cases: list[str]) -> list[str]:
    more = len(cases) - MOST_SHOWN
    return [*cases[:MOST_SHOWN], f"and {more} more"] if more > 0 else cases
