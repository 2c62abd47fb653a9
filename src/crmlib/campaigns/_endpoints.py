"""The addresses of customers: each in one spelling, and what stands in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from crmlib.addresses import normalize_address
from crmlib.campaigns._obstacles import Obstacles
from crmlib.exceptions import InvalidAddressError
from crmlib.messages import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt
    import pandas as pd


class Speller:
    """Bring addresses of one field into one spelling, each only once.

    Parameters
    ----------
    field : str
        The column of the profiles.
    """

    def __init__(self, field: str) -> None:
        self.field = field
        self._known: dict[str, str | InvalidAddressError] = {}

    def spell(self, written: object) -> str | InvalidAddressError | None:
        """Give the one spelling of *written*, or why there is none; None: nothing is written."""
        if not isinstance(written, str) or not written.strip():
            return None
        if written not in self._known:
            try:
                self._known[written] = normalize_address(self.field, written)
            except InvalidAddressError as error:
                self._known[written] = error
        return self._known[written]

    def spell_all(self, written: Iterable[object]) -> list[str | None]:
        """Give the one spelling of each of *written*, None where there is none."""
        spelt = map(self.spell, written)
        return [address if isinstance(address, str) else None for address in spelt]


def find_endpoints(
    people: pd.DataFrame, speller: Speller, suppressions: Iterable[str]
) -> tuple[npt.NDArray[Any], Obstacles]:
    """Give the normalised address of each of *people*, and what is wrong with it."""
    field = speller.field
    found = Obstacles.none(len(people))
    addresses = np.full(len(people), None, dtype=object)
    if field not in people.columns:
        everybody = np.ones(len(people), dtype=bool)
        found.add(everybody, Reason.NO_ADDRESS, f"the profiles have no column {field!r}")
        return addresses, found
    for place, written in enumerate(people[field].tolist()):
        address = speller.spell(written)
        if address is None:
            found.add_one(place, Reason.NO_ADDRESS, f"the profile has no {field}")
        elif isinstance(address, InvalidAddressError):
            found.add_one(place, Reason.INVALID_ADDRESS, str(address))
        else:
            addresses[place] = address
    listed = set(speller.spell_all(suppressions)) - {None}
    suppressed = np.array([address in listed for address in addresses], dtype=bool)
    found.add(suppressed, Reason.SUPPRESSED, f"the {field} is on the suppression list")
    return addresses, found
