"""Public holidays of a country."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import MissingExtraError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


def find_holidays(places: str | Sequence[str], first: date, last: date) -> dict[str, str]:
    """Give the public holidays from *first* to *last*, in English where they are known in it.

    They come from the package `holidays <https://holidays.readthedocs.io>`_.

    Parameters
    ----------
    places : str or sequence of str
        Countries in two letters (ISO 3166), or one of their parts after a
        hyphen: ``"KR"``, ``"DE-BY"``.  A day that is a holiday in any of them
        is one.
    first, last : date
        Both included.

    Returns
    -------
    dict of str to str
        Names by dates such as ``"2026-12-25"``.

    Raises
    ------
    UnknownNameError
        If there is no such country, or it has no such part.
    MissingExtraError
        If the package ``holidays`` is not installed.

    Examples
    --------
    >>> from datetime import date
    >>> from crmlib.timing import find_holidays
    >>> find_holidays("KR", date(2026, 12, 1), date(2026, 12, 31))
    {'2026-12-25': 'Christmas Day'}
    """
    if not places:
        return {}
    try:
        import holidays  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise MissingExtraError("looking up public holidays", "holidays") from error
    known = {
        country: parts
        for country, parts in holidays.list_supported_countries().items()
        if len(country) == len("KR")
    }
    languages = holidays.list_localized_countries()
    found: dict[str, str] = {}
    for place in [places] if isinstance(places, str) else places:
        country, _, part = place.partition("-")
        if country not in known:
            raise UnknownNameError("country", country, list(known))
        if part and part not in known[country]:
            raise UnknownNameError(f"part of {country}", part, known[country])
        calendar = holidays.country_holidays(
            country,
            subdiv=part or None,
            years=range(first.year, last.year + 1),
            language="en_US" if "en_US" in languages.get(country, ()) else None,
        )
        found |= {
            day.isoformat(): str(name)
            for day, name in sorted(calendar.items())
            if first <= day <= last
        }
    return dict(sorted(found.items()))
