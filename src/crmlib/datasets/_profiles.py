"""Synthetic people for customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.datasets import _people as people
from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

ABROAD = 0.12
"""Share of the customers who live in another country."""

_FEMALE = 0.62
_STREAM = 1


def make_profiles(
    customer_ids: Iterable[str],
    seed: int = 0,
    *,
    country: str = "KR",
    end_date: str = "2026-06-30",
) -> pd.DataFrame:
    """Make up a person for each customer; every name and address is invented.

    Mail addresses lie in ``example.com`` and phone numbers in ranges that no
    operator assigns, so that nothing sent to them reaches anybody.

    Parameters
    ----------
    customer_ids : iterable of str, length n_customers
        One profile each, in this order.
    seed : int, default=0
        Another seed, other people.
    country : {"KR", "GB", "US", "SG"}, default="KR"
        Where 88 of 100 live; the others live in the other three.
    end_date : str, default="2026-06-30"
        The day on which ages from 20 to 69 are reckoned.

    Returns
    -------
    DataFrame of shape (n_customers, 10)
        ``customer_id``, ``name`` (Korean or English, after the country),
        ``email``, ``phone`` (E.164), ``gender`` (``female``, ``male``),
        ``birth_date`` (ISO), ``region``, ``timezone`` (IANA), ``locale``
        (BCP 47), ``occupation``; all text, NaN where unknown.  As in real
        life about 3 of 100 lack an e-mail address, 1 has a mistyped one, 1
        shares that of another, and other fields have gaps as well.

    Raises
    ------
    InvalidParameterError
        If *country* is not one of the four.

    Examples
    --------
    >>> profiles = make_profiles(["12346", "12347"], seed=1, country="GB")
    >>> profiles.loc[0, "email"].endswith("@example.com")
    True
    """
    if country not in people.ZONES:
        raise InvalidParameterError("country", country, f"one of {list(people.ZONES)}")
    ids = [str(customer_id) for customer_id in customer_ids]
    rng = np.random.default_rng([_STREAM, seed])
    n = len(ids)
    countries = _draw_countries(rng, n, country)
    genders = np.where(rng.random(n) < _FEMALE, "female", "male").astype(object)
    bands = rng.choice(people.AGE_BANDS, n, p=people.AGE_SHARES)
    days_old = (bands * 365.25).astype(int) + rng.integers(1, 3650, n)
    names, parts = _draw_names(rng, countries, genders)
    emails = _draw_emails(rng, parts)
    columns: dict[str, Any] = {
        "customer_id": ids,
        "name": names,
        "email": _with_gaps(rng, emails, 0.03),
        "phone": _with_gaps(rng, _draw_phones(countries), 0.05),
        "gender": _with_gaps(rng, genders, 0.04),
        "birth_date": _with_gaps(rng, _before(end_date, days_old), 0.05),
        "region": _draw_regions(rng, countries),
        "timezone": _with_gaps(rng, [people.ZONES[each][0] for each in countries], 0.01),
        "locale": [people.ZONES[each][1] for each in countries],
        "occupation": _with_gaps(rng, _draw_occupations(rng, bands), 0.05),
    }
    return pd.DataFrame(columns).astype("str")


def _draw_countries(rng: np.random.Generator, n: int, home: str) -> npt.NDArray[np.object_]:
    shares = [1 - ABROAD if each == home else ABROAD / 3 for each in people.ZONES]
    return np.asarray(rng.choice(np.array(list(people.ZONES), dtype=object), n, p=shares))


def _draw_names(
    rng: np.random.Generator,
    countries: npt.NDArray[np.object_],
    genders: npt.NDArray[np.object_],
) -> tuple[list[str], list[str]]:
    """Give names as written, and in Latin letters as part of an address."""
    names, parts = [], []
    numbers = rng.integers(0, 10_000, (len(countries), 2)).tolist()
    for country, gender, (i, j) in zip(countries, genders, numbers, strict=True):
        if country == "KR":
            family, given = people.FAMILY_NAMES, people.GIVEN_NAMES[gender]
            (hangul, latin), (own, own_latin) = family[i % len(family)], given[j % len(given)]
            names.append(hangul + own)
            parts.append(f"{own_latin}.{latin}")
        else:
            surname = people.ENGLISH_FAMILY_NAMES[i % len(people.ENGLISH_FAMILY_NAMES)]
            first = people.ENGLISH_GIVEN_NAMES[gender][j % len(people.ENGLISH_GIVEN_NAMES[gender])]
            names.append(f"{first} {surname}")
            parts.append(f"{first}.{surname}".lower())
    return names, parts


def _draw_emails(rng: np.random.Generator, parts: list[str]) -> npt.NDArray[np.object_]:
    addresses = [f"{part}.{number:05}@example.com" for number, part in enumerate(parts, start=1)]
    emails = np.array(addresses, dtype=object)
    luck = rng.random(len(parts))
    for mistyped in np.flatnonzero(luck < 0.01):  # noqa: PLR2004 -- see the docstring of make_profiles
        emails[mistyped] = emails[mistyped].replace("@", " at ")
    for shared in np.flatnonzero(luck > 0.99):  # noqa: PLR2004 -- as above
        emails[shared] = addresses[shared - 1]
    return emails


def _draw_phones(countries: npt.NDArray[np.object_]) -> list[str]:
    """Give numbers of ranges without subscribers: 010-0…, 07700 900…, 555-01…."""
    forms = {
        "KR": lambda i: f"+82100{i % 10_000_000:07}",
        "GB": lambda i: f"+447700900{i % 1000:03}",
        "US": lambda i: f"+1212555{100 + i % 100:04}",
        "SG": lambda i: f"+659000{i % 10_000:04}",
    }
    return [forms[country](number) for number, country in enumerate(countries, start=1)]


def _before(end_date: str, days: npt.NDArray[np.int64]) -> list[str]:
    dates = np.datetime64(end_date, "D") - days.astype("timedelta64[D]")
    return list(np.datetime_as_string(dates, unit="D"))


def _draw_regions(rng: np.random.Generator, countries: npt.NDArray[np.object_]) -> list[str]:
    numbers = rng.integers(0, 1000, len(countries)).tolist()
    return [
        people.REGIONS[country][number % len(people.REGIONS[country])]
        for country, number in zip(countries, numbers, strict=True)
    ]


def _draw_occupations(
    rng: np.random.Generator, bands: npt.NDArray[np.int64]
) -> npt.NDArray[np.object_]:
    shares = np.array([people.OCCUPATION_SHARES[band] for band in bands.tolist()]).reshape(-1, 5)
    place = (rng.random((len(bands), 1)) >= shares.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return np.asarray(np.array(people.OCCUPATIONS, dtype=object)[place])


def _with_gaps(rng: np.random.Generator, values: Any, share: float) -> npt.NDArray[np.object_]:
    column = np.array(values, dtype=object)
    column[rng.random(len(column)) < share] = None
    return column
