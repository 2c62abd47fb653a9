"""What people type into the forms of each sales channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from crmlib.datasets._contact_row import ContactRow

if TYPE_CHECKING:
    import numpy.typing as npt

    from crmlib.datasets._residents import Residents

_DOMAINS: Final = ("example.com", "example.org", "example.net", "mail.example", "post.example")
_GMAIL = 0.15
_NOBODY = "nobody.has.this.address"  # with a name behind it, longer than Gmail allows
_FIELDS: Final = (
    "customer_id",
    "sales_channel",
    "account_id",
    "name",
    "email",
    "phone",
    "postal_code",
    "address",
    "gender",
    "birth_date",
)
_MEANT: Final = ("login", "phone", "email", "home")

_HABITS = 14
_MOST_LUCK = 32
"""Numbers that a row may need: one on cafe24 in which everything goes wrong needs 31."""


class Typist:
    """Types contact data for people, one row after the other.

    Parameters
    ----------
    rng : Generator
        Where the luck comes from.
    residents : Residents
        Who is to type.
    noise : float
        Scales how often something goes wrong.
    """

    def __init__(self, rng: np.random.Generator, residents: Residents, noise: float) -> None:
        self._rng = rng
        self._noise = noise
        self._people = residents
        self._gmail = rng.random(len(residents.hangul)) < _GMAIL
        self._relative = _next_in_household(residents.household)

    def login(self, person: int) -> str:
        """Give the login that *person* takes."""
        return f"{''.join(self._latin_words(person)[::-1])}{person:02}"

    def type_contacts(
        self,
        person: npt.NDArray[np.int64],
        account: npt.NDArray[np.int64],
        ids: list[str],
        times: npt.NDArray[np.float64],
    ) -> tuple[dict[str, list[str | None]], dict[str, npt.NDArray[np.int64]]]:
        """Type a row for each of *person* in the account called *ids*, and say what was meant.

        Returns
        -------
        typed : dict of str to list, length n_rows
            Columns of contacts.
        meant : dict of str to ndarray of int, shape (n_rows,)
            Numbers of the login, phone, e-mail address and home that the row
            gives away, before typing errors; -1 where it gives none.
        """
        n_accounts = int(account[-1]) + 1
        habits = self._rng.random((n_accounts, _HABITS))[account].tolist()
        lucks = self._rng.random((len(person), _MOST_LUCK)).tolist()
        typed: dict[str, list[str | None]] = {name: [] for name in _FIELDS}
        meant = {name: np.full(len(person), -1) for name in _MEANT}
        for number, (who, when) in enumerate(zip(person.tolist(), times.tolist(), strict=True)):
            row = ContactRow(self, who, when, iter(habits[number]), iter(lucks[number]))
            row.type_into(ids[number])
            for name, column in typed.items():
                column.append(row.cells.get(name))
            for name, value in row.meant.items():
                meant[name][number] = value
        return typed, meant

    def happens(self, luck: float, share: float) -> bool:
        """Tell whether something that goes wrong in *share* of the cases does so now."""
        return luck < share * self._noise

    @property
    def people(self) -> Residents:
        """Who types."""
        return self._people

    def relative(self, person: int) -> int:
        """Give somebody of the same household; who lives alone is it."""
        return int(self._relative[person])

    def email(self, owner: int, *, second: bool) -> tuple[str, str]:
        """Give local part and domain of an address of *owner*."""
        name = ".".join(self._latin_words(owner))
        if self._gmail[owner]:
            return f"{_NOBODY}.{name}.{owner:07}{'.x' * second}", "gmail.com"
        return f"{name}{owner:07}{'x' * second}", _DOMAINS[owner % len(_DOMAINS)]

    def _latin_words(self, person: int) -> list[str]:
        """Give given name and surname in small letters."""
        return [
            word.lower().replace(" ", "").replace("-", "") for word in self._people.latin[person]
        ]


def _next_in_household(household: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give each person the next one of the same household; to the last one the first."""
    following = np.append(household[1:] == household[:-1], False)
    first = np.searchsorted(household, household)
    return np.where(following, np.arange(len(household)) + 1, first)
