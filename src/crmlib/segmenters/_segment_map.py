"""Which codes of three digits bear which name, checked code by code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidParameterError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_SHOWN = 10

# Written for five bins, best customers first.  R decides who is still there,
# F who has a habit, M who is worth a call.
ELEVEN: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "Champions": ("[45][45][45]",),
        "Loyal Customers": ("[45][45][123]", "3[45]."),
        "Potential Loyalists": ("[45][23].",),
        "New Customers": ("51.",),
        "Promising": ("41.",),
        "Need Attention": ("33.", "3[12][45]"),
        "Can't Lose Them": ("[12][45][45]",),
        "At Risk": ("[12][45][123]", "[12]3."),
        "About To Sleep": ("3[12][123]",),
        "Hibernating": ("2[12].", "1[12][345]"),
        "Lost": ("1[12][12]",),
    }
)

_KOREAN: Mapping[str, str] = MappingProxyType(
    {
        "Champions": "최우수",
        "Loyal Customers": "충성",
        "Potential Loyalists": "잠재 충성",
        "New Customers": "신규",
        "Promising": "유망",
        "Need Attention": "관심 필요",
        "Can't Lose Them": "놓치면 안 될",
        "At Risk": "이탈 위험",
        "About To Sleep": "휴면 예정",
        "Hibernating": "휴면",
        "Lost": "이탈",
    }
)
_MAPS: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType({"eleven": ELEVEN})
_LABELS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"en": MappingProxyType({}), "ko": _KOREAN}
)


def name_codes(
    segment_map: str | Mapping[str, str | Sequence[str]], labels: str, n_bins: int
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
    patterns = _read_patterns(segment_map)
    if not (isinstance(labels, str) and labels in _LABELS):
        raise UnknownNameError("language of labels", str(labels), list(_LABELS))
    codes = ["".join(digits) for digits in product(_digits(n_bins), repeat=3)]
    names: dict[str, list[str]] = {code: [] for code in codes}
    idle: list[str] = []
    for name, texts in patterns.items():
        fits = [[code for code in codes if re.fullmatch(text, code)] for text in texts]
        idle += [f"{name}: {text}" for text, fit in zip(texts, fits, strict=True) if not fit]
        for code in sorted(set().union(*fits)):
            names[code].append(name)
    _check_names(names, idle, n_bins)
    translate = _LABELS[labels]
    order = {name: place for place, name in enumerate(patterns)}
    ordered = sorted(codes, key=lambda code: (order[names[code][0]], [-int(d) for d in code]))
    return {code: translate.get(names[code][0], names[code][0]) for code in ordered}


def _digits(n_bins: int) -> Iterable[str]:
    return [str(digit) for digit in range(1, n_bins + 1)]


def _read_patterns(
    segment_map: str | Mapping[str, str | Sequence[str]],
) -> dict[str, tuple[str, ...]]:
    if isinstance(segment_map, str):
        if segment_map not in _MAPS:
            raise UnknownNameError("segment map", segment_map, list(_MAPS))
        segment_map = _MAPS[segment_map]
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


def _check_names(names: Mapping[str, Sequence[str]], idle: Sequence[str], n_bins: int) -> None:
    problems = {
        "codes without a name": [code for code, given in names.items() if not given],
        "codes with several names": [
            f"{code}: {', '.join(given)}" for code, given in names.items() if len(given) > 1
        ],
        "patterns that fit no code": list(idle),
    }
    found = {kind: _shorten(cases) for kind, cases in problems.items() if cases}
    if found:
        raise InvalidParameterError(
            "segment_map",
            found,
            f"a map that gives every code from 111 to {n_bins}{n_bins}{n_bins} exactly one name "
            "(the built-in maps are written for n_bins=5)",
        )


def _shorten(cases: list[str]) -> list[str]:
    more = len(cases) - MOST_SHOWN
    return [*cases[:MOST_SHOWN], f"and {more} more"] if more > 0 else cases
