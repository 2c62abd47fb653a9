"""Numbers and money as a reader of some language writes them.

Babel, which holds what the Unicode consortium collects of each locale, says
how; since it takes ten microseconds for each number, it is asked once for the
signs of a locale, and the numbers are then written by Python.  Where that
could give another text (numbers below zero, halves to be rounded, groups that
are not of three digits) Babel writes each number itself.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

_PROBES: Final = (0.0, 7.25, 1000.0, 65432.1, 1234567.0)
_SIGNS: Final = re.compile(r"1(\D*)234(\D*)567(?:(\D+)0+)?")
_WON: Final = ("ko", "KRW", "원")
_LARGEST: Final = 1e10
_NUMBER_DECIMALS: Final = 2


@attrs.frozen(kw_only=True)
class _Signs:
    """How one locale writes one kind of number."""

    prefix: str
    suffix: str
    group: str
    decimal: str
    decimals: int


def money_texts(values: npt.NDArray[np.float64], currency: str, locale: str) -> list[str]:
    """Write *values*, none of which is NaN, as amounts of *currency*.

    As many decimals as the currency has; in Korean, won are written 12,000원.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.array([12000.0, 1234.5])
    >>> money_texts(values, "KRW", "ko"), money_texts(values, "USD", "en-US")
    (['12,000원', '1,234원'], ['$12,000.00', '$1,234.50'])
    """
    return _texts(values, _money_signs(currency, locale), _money_writer(currency, locale))


def number_texts(values: npt.NDArray[np.float64], locale: str) -> list[str]:
    """Write *values*, none of which is NaN, with thousands marked and up to two decimals.

    Examples
    --------
    >>> import numpy as np
    >>> number_texts(np.array([1234567.0, 0.5]), "en"), number_texts(np.array([1234.5]), "de")
    (['1,234,567', '0.5'], ['1.234,5'])
    """
    signs = _number_signs(locale)
    return _texts(values, signs, _number_writer(locale), is_trimmed=True)


def _texts(
    values: npt.NDArray[np.float64],
    signs: _Signs | None,
    write: Callable[[float], str],
    *,
    is_trimmed: bool = False,
) -> list[str]:
    values = values + 0.0
    if signs is None:
        return [write(value) for value in values.tolist()]
    scaled = values * 10**signs.decimals
    fraction = np.abs(scaled - np.rint(scaled))
    odd = (values < 0) | (values >= _LARGEST) | (np.abs(fraction - 0.5) < 1e-4)  # noqa: PLR2004 -- halves, as near as floats tell
    is_whole = is_trimmed and not fraction.any() and not (values % 1).any()
    pattern = f"{{:,.{0 if is_whole else signs.decimals}f}}"
    texts = list(map(pattern.format, values.tolist()))
    if is_trimmed and not is_whole:
        texts = [text.rstrip("0").rstrip(".") for text in texts]
    if (signs.group, signs.decimal) != (",", "."):
        table = str.maketrans({",": signs.group, ".": signs.decimal})
        texts = [text.translate(table) for text in texts]
    if signs.prefix or signs.suffix:
        texts = [f"{signs.prefix}{text}{signs.suffix}" for text in texts]
    for place in np.flatnonzero(odd).tolist():
        texts[place] = write(float(values[place]))
    return texts


@lru_cache(maxsize=256)
def _money_signs(currency: str, locale: str) -> _Signs | None:
    from babel.numbers import get_currency_precision  # noqa: PLC0415 -- slow to load

    decimals = get_currency_precision(currency)
    return _learn_signs(_money_writer(currency, locale), decimals, locale)


@lru_cache(maxsize=256)
def _number_signs(locale: str) -> _Signs | None:
    return _learn_signs(_number_writer(locale), _NUMBER_DECIMALS, locale, is_trimmed=True)


def _learn_signs(
    write: Callable[[float], str], decimals: int, locale: str, *, is_trimmed: bool = False
) -> _Signs | None:
    """Learn from one number how *write* writes others; None if others are not written so."""
    from babel.numbers import get_decimal_symbol  # noqa: PLC0415 -- slow to load

    told = write(_PROBES[-1])
    found = _SIGNS.search(told)
    if found is None:
        return None
    signs = _Signs(
        prefix=told[: found.start()],
        suffix=told[found.end() :],
        group=found[1],
        decimal=get_decimal_symbol(babel_locale(locale)),
        decimals=decimals,
    )
    written = _texts(np.array(_PROBES), signs, write, is_trimmed=is_trimmed)
    return signs if written == [write(probe) for probe in _PROBES] else None


def _money_writer(currency: str, locale: str) -> Callable[[float], str]:
    from babel.numbers import format_currency, format_decimal  # noqa: PLC0415 -- slow to load

    spoken = babel_locale(locale)
    language, won, word = _WON
    if (spoken.language, currency) == (language, won):
        return lambda value: f"{format_decimal(value, '#,##0', locale=spoken)}{word}"
    return lambda value: str(format_currency(value, currency, locale=spoken))


def _number_writer(locale: str) -> Callable[[float], str]:
    from babel.numbers import format_decimal  # noqa: PLC0415 -- slow to load

    spoken = babel_locale(locale)
    pattern = "#,##0.##"
    return lambda value: str(format_decimal(value, pattern, locale=spoken))


@cache
def babel_locale(locale: str) -> Any:
    """Give Babel's locale of a tag that :func:`known_locale` gave."""
    from babel import Locale  # noqa: PLC0415 -- slow to load

    return Locale.parse(locale, sep="-")


@lru_cache(maxsize=1024)
def known_locale(tag: str, language: str) -> str:
    """Give the locale to write for a reader of *tag* in a text of *language*.

    That of the reader if it is of the same language and known, else that of
    the text.

    Examples
    --------
    >>> known_locale("en-GB", "en"), known_locale("ko-KR", "en"), known_locale("?", "ko")
    ('en-GB', 'en', 'ko')
    """
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 -- slow to load

    for candidate in (tag.replace("_", "-"), language.replace("_", "-")):
        if candidate.split("-")[0].lower() != language.replace("_", "-").split("-")[0].lower():
            continue
        try:
            spoken = Locale.parse(candidate, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        return str(spoken).replace("_", "-")
    return "en"
