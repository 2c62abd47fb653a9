"""How people and shops write names, numbers and addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

LOST_ZERO = ".0"
"""What a spreadsheet hangs on a number that was read as a fraction."""


def hyphenate(phone: str) -> str:
    """Write the national digits of a mobile number in groups."""
    return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"


def internationalize(phone: str) -> str:
    """Write the national digits of a mobile number with the country code."""
    return f"+82 {phone[1:3]}-{phone[3:7]}-{phone[7:]}"


def as_typed(rng: np.random.Generator, phones: pd.Series[str]) -> list[str]:
    """Write mobile numbers as people type them, no two habits alike."""
    styles = (hyphenate, hyphenate, internationalize, str, _glue)
    chosen = rng.integers(0, len(styles), len(phones)).tolist()
    return [styles[place](phone) for place, phone in zip(chosen, phones, strict=True)]


def _glue(phone: str) -> str:
    return f"+82{phone[1:]}"


def draw_virtual_numbers(rng: np.random.Generator, n: int, prefixes: tuple[str, ...]) -> list[str]:
    """Give *n* numbers that stand in for the real one for a while: 0502-0123-4567."""
    digits = rng.integers(0, 10_000_000, n).tolist()
    chosen = rng.choice(np.array(prefixes, dtype=object), n).tolist()
    return [
        f"{prefix}-0{number // 10_000:03}-{number % 10_000:04}"
        for prefix, number in zip(chosen, digits, strict=True)
    ]


def mask_name(name: str) -> str:
    """Hide the middle of a Korean name."""
    return f"{name[0]}*{name[2:]}"


def mask_account(account: str) -> str:
    """Hide all but the first four characters of an account."""
    return f"{account[:4]}*****"


def write_addresses(rng: np.random.Generator, people: pd.DataFrame) -> list[str]:
    """Write each address in one of the ways in which people write the same one."""
    ways = rng.integers(0, 4, len(people)).tolist()
    parts = people[["city", "city_short", "street", "flat"]].itertuples(index=False, name=None)
    return [
        _write_address(way, *(str(part) for part in each))
        for way, each in zip(ways, parts, strict=True)
    ]


def _write_address(way: int, city: str, short: str, street: str, flat: str) -> str:
    match way:
        case 0:
            return f"{short} {street} {flat.replace('동 ', '-').replace('호', '')}"
        case 1:
            return f"{city} {street}, {flat} (보기동)"
        case _:
            return f"{city} {street} {flat}"


def spoil(
    rng: np.random.Generator, texts: pd.Series[str], share: float, form: str
) -> pd.Series[str]:
    """Write a *share* of the texts in another form, such as ``{}.0``."""
    return texts.where(rng.random(len(texts)) >= share, texts.map(form.format))


def write_won(rng: np.random.Generator, money: pd.Series[float]) -> pd.Series[str]:
    """Write money in won as sellers' files do: 38000, 38,000 or 38,000원."""
    whole = money.astype("int64")
    plain = whole.astype(str)
    luck: npt.NDArray[np.float64] = rng.random(len(money))
    grouped = whole.map("{:,}".format).where(luck < 0.1, plain)  # noqa: PLR2004 -- some, not all
    return whole.map("{:,}원".format).where(luck < 0.05, grouped)  # noqa: PLR2004 -- as above
