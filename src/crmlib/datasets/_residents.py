"""Who lives where, under which number, and until when: the truth behind the synthetic accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from crmlib.datasets import _korean_names as names
from crmlib.datasets import _korean_places as places

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_PEOPLE = 4_000_000
"""Each may need two numbers of 010-0, which has ten million."""

HOUSEHOLD_SHARES = (0.40, 0.25, 0.20, 0.15)
"""Of the households, how many have one, two, three and four customers."""

MOVED = 0.17
"""Households that moved in the eighteen months: about 12 of 100 do in a year."""

CHANGED_NUMBER = 0.05
"""People who changed their phone number in that time."""

RECYCLED = 0.10
"""Numbers given up that another customer was given."""

NEIGHBOURING_NAMESAKES = 0.002
"""People with a namesake in another flat of the same housing estate, besides those by chance."""

OFFICE = 0.04
"""People who have parcels sent to their office, too; about 40 of them share one office."""

ZONES = len(places.DISTRICTS) * len(places.ROADS) * len(places.LANES) * places.BLOCKS
FLAT, VILLA, HOUSE = 0, 1, 2
_HOME_SHARES = (0.55, 0.30, 0.15)
_STILL = 2.0  # later than all times, which go from 0 to 1


@attrs.frozen(kw_only=True, eq=False)
class Homes:
    """Flats, villas and houses: postal zone, kind, house number, building and door."""

    zone: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int64]
    number: npt.NDArray[np.int64]
    building: npt.NDArray[np.int64]
    door: npt.NDArray[np.int64]


@attrs.frozen(kw_only=True, eq=False)
class Residents:
    """People by number; what changed holds its value before and from a time on (0 to 1)."""

    surname: list[str]
    hangul: list[str]
    latin: list[tuple[str, str]]
    gender: npt.NDArray[np.bool_]
    born: npt.NDArray[np.datetime64]
    household: npt.NDArray[np.int64]
    homes: Homes
    old_home: npt.NDArray[np.int64]
    home: npt.NDArray[np.int64]
    moved_at: npt.NDArray[np.float64]
    old_phone: npt.NDArray[np.int64]
    phone: npt.NDArray[np.int64]
    changed_at: npt.NDArray[np.float64]
    office: npt.NDArray[np.int64]


def draw_residents(rng: np.random.Generator, n: int) -> Residents:
    """Draw *n* people in their households; offices are the last of the homes."""
    household = _draw_households(rng, n)
    n_households = int(household[-1]) + 1
    n_offices = max(1, n // 1000)
    homes = _draw_homes(rng, 2 * n_households + n_offices)
    female = rng.random(n) < 0.6  # noqa: PLR2004 -- share of women among customers
    people = _draw_names(rng, n, female, household)
    _plant_namesakes(rng, people, female, household, homes)
    moved = rng.random(n_households) < MOVED
    moved_at = np.where(moved, rng.random(n_households), _STILL)[household]
    phones = rng.permutation(2 * MOST_PEOPLE)[: 2 * n]
    old_phone, phone, changed_at = _change_numbers(rng, phones, n)
    ages = rng.integers(18 * 365, 75 * 365, n).astype("timedelta64[D]")
    offices = 2 * n_households + rng.integers(0, n_offices, n)
    return Residents(
        surname=[person[0] for person in people],
        hangul=[person[2] for person in people],
        latin=[person[3] for person in people],
        gender=female,
        born=np.datetime64("2026-01-01", "D") - ages,
        household=household,
        homes=homes,
        old_home=household,
        home=household + np.where(moved, n_households, 0)[household],
        moved_at=moved_at,
        old_phone=old_phone,
        phone=phone,
        changed_at=changed_at,
        office=np.where(rng.random(n) < OFFICE, offices, -1),
    )


def _draw_households(rng: np.random.Generator, n: int) -> npt.NDArray[np.int64]:
    """Give each person the number of a household; the same one stand together."""
    sizes = rng.choice(np.arange(1, len(HOUSEHOLD_SHARES) + 1), n, p=HOUSEHOLD_SHARES)
    return np.repeat(np.arange(n), sizes)[:n]


def _draw_homes(rng: np.random.Generator, n: int) -> Homes:
    """Draw *n* places to live, spread evenly over the postal zones of the country."""
    kind = rng.choice(3, n, p=_HOME_SHARES)
    block = rng.integers(0, ZONES, n)
    first = (block % places.BLOCKS) * places.HOUSES_PER_BLOCK
    house = rng.integers(3, places.HOUSES_PER_BLOCK, n)
    floor = np.where(kind == FLAT, rng.integers(1, 21, n), rng.integers(1, 5, n))
    return Homes(
        zone=block,
        kind=kind,
        number=first + np.where(kind == FLAT, 2, house),  # one estate per block
        building=np.where(kind == FLAT, rng.integers(101, 113, n), 0),
        door=np.where(kind == HOUSE, 0, floor * 100 + rng.integers(1, 5, n)),
    )


def _draw_names(
    rng: np.random.Generator,
    n: int,
    female: npt.NDArray[np.bool_],
    household: npt.NDArray[np.int64],
) -> list[Any]:
    """Give surname, places of the syllables, name in Hangul, and (given, family) in Latin."""
    weights = np.array([share for share, _ in names.SURNAMES.values()])
    starts = np.searchsorted(household, household)
    surnames = rng.choice(np.array(list(names.SURNAMES)), n, p=weights / weights.sum())
    follows = np.flatnonzero((household[1:] == household[:-1]) & (rng.random(n - 1) < 0.6)) + 1  # noqa: PLR2004 -- children bear the name of their father, wives keep theirs
    for place in follows:
        surnames[place] = surnames[place - 1]
    firsts = list(names.FIRST_SYLLABLES)
    # some syllables are in fashion: the tenth is half as frequent as the first
    fashion = {n_: 1 / (10 + np.arange(n_)) for n_ in (len(firsts), 18)}
    fashion = {size: weights / weights.sum() for size, weights in fashion.items()}
    first = rng.choice(len(firsts), n, p=fashion[len(firsts)])
    second = rng.choice(18, n, p=fashion[18])
    spelling = rng.random((n, 4)).tolist()
    people: list[Any] = []
    for number, luck in enumerate(spelling):
        surname, woman = str(surnames[number]), bool(female[number])
        i, j = int(first[number]), int(second[number])
        start = int(starts[number])
        relatives = {person[2] for person in people[start:]}
        while (person := make_name(surname, (i, j), woman, luck))[2] in relatives:
            j = (j + 1) % 18  # no parents give a name twice
        people.append(person)
    return people


def make_name(
    surname: str, given: tuple[int, int], female: bool, luck: list[float]
) -> tuple[str, tuple[int, int], str, tuple[str, str]]:
    """Put a name together, in Hangul and as its owner spells it in Latin letters."""
    first = list(names.FIRST_SYLLABLES)[given[0]]
    seconds = names.SECOND_SYLLABLES["female" if female else "male"]
    second = list(seconds)[given[1]]
    spellings = names.SURNAMES[surname][1]
    family = spellings[int(luck[0] * len(spellings))]
    parts = [
        options[0 if chance < 0.6 else int(chance * len(options))]  # noqa: PLR2004 -- most take the usual spelling
        for options, chance in (
            (names.FIRST_SYLLABLES[first], luck[1]),
            (seconds[second], luck[2]),
        )
    ]
    joint = ("", " ", "-")[0 if luck[3] < 0.75 else 1 if luck[3] < 0.9 else 2]  # noqa: PLR2004 -- Minjun, Min jun, Min-jun
    return surname, given, surname + first + second, (joint.join(parts).capitalize(), family)


def _plant_namesakes(
    rng: np.random.Generator,
    people: list[Any],
    female: npt.NDArray[np.bool_],
    household: npt.NDArray[np.int64],
    homes: Homes,
) -> None:
    """Give some people the name of a neighbour in the same housing estate."""
    n = len(people)
    for one, other in rng.integers(0, n, (round(n * NEIGHBOURING_NAMESAKES), 2)):
        if household[one] == household[other]:
            continue
        female[other] = female[one]
        surname, given = people[one][:2]
        people[other] = make_name(surname, given, bool(female[one]), rng.random(4).tolist())
        here, there = household[one], household[other]
        homes.kind[here] = homes.kind[there] = FLAT
        homes.zone[there] = homes.zone[here]
        homes.number[there] = homes.number[here]
        homes.building[[here, there]] = 101, 102
        homes.door[[here, there]] = rng.integers(1, 21, 2) * 100 + 1


def _change_numbers(
    rng: np.random.Generator, phones: npt.NDArray[np.int64], n: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Give everybody a number, some a second one later, and some of the old ones to others."""
    old, new = phones[:n].copy(), phones[:n].copy()
    changed = rng.random(n) < CHANGED_NUMBER
    changed_at = np.where(changed, rng.random(n), _STILL)
    new[changed] = phones[n:][changed]
    given_up = np.flatnonzero(changed & (rng.random(n) < RECYCLED))
    heirs = rng.permutation(np.flatnonzero(~changed))[: len(given_up)]
    new[heirs] = old[given_up[: len(heirs)]]
    changed_at[heirs] = (changed_at[given_up[: len(heirs)]] + 1) / 2
    return old, new, changed_at
