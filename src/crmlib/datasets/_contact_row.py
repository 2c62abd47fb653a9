"""What one person types into the form of one sales channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from crmlib.datasets import _korean_names as names
from crmlib.datasets._typing_noise import (
    mistype_digit,
    mistype_hangul,
    mistype_latin,
    pick,
    write_address,
    write_latin_address,
    write_latin_name,
    write_phone,
    write_postal_code,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmlib.datasets._contact_rows import Typist

_TILL_NUMBERS: Final = tuple(range(9_999_000, 9_999_005))  # of the shop, typed by its staff

# what is there in how many of the accounts
_CAFE24_PHONE, _CAFE24_EMAIL, _CAFE24_ADDRESS, _CAFE24_FACTS = 0.88, 0.65, 0.90, 0.60
_SHOPIFY_EMAIL, _SHOPIFY_PHONE, _SHOPIFY_ADDRESS, _LATIN = 0.93, 0.65, 0.95, 0.35
_TO_OFFICE = 0.5
# what goes wrong in how many of the accounts, at noise 1
_PHONE_OF_RELATIVE, _EMAIL_OF_RELATIVE, _SECOND_EMAIL = 0.03, 0.02, 0.15
# and in how many of the contacts
_WRONG_NAME, _NICKNAME, _MASKED, _SPACED = 0.008, 0.008, 0.02, 0.03
_WRONG_PHONE, _MADE_UP_PHONE, _TILL_PHONE, _LOST_ZERO = 0.006, 0.004, 0.003, 0.02
_WRONG_EMAIL, _TAGGED, _DOTTED = 0.008, 0.02, 0.08
_WRONG_NUMBER, _WRONG_STREET, _NO_DOOR, _NO_POSTAL_CODE = 0.006, 0.02, 0.02, 0.02
_GIFT, _WRONG_BIRTH = 0.03, 0.004

_CASES: Final = {str.lower: 92, str.title: 6.5, str.upper: 1.5}
"""How e-mail addresses are written: phones make the first letter large."""


class ContactRow:
    """One row while it is typed; habits are those of the account, luck is that of the moment."""

    def __init__(
        self, typist: Typist, who: int, when: float, habits: Iterator[float], luck: Iterator[float]
    ) -> None:
        self._typist = typist
        self._people = typist.people
        self._who, self._when = who, when
        self._luck = luck
        by_lot, province, note = (next(habits) for _ in range(3))
        self._address_style = (by_lot, province, note)
        self._phone_owner = self._choose_owner(next(habits), _PHONE_OF_RELATIVE)
        self._email_owner = self._choose_owner(next(habits), _EMAIL_OF_RELATIVE)
        self._second_email = typist.happens(next(habits), _SECOND_EMAIL)
        self._to_office = next(habits) < _TO_OFFICE
        self._latin, self._latin_style = next(habits) < _LATIN, next(habits)
        self._fields = [next(habits) for _ in range(4)]
        self.cells: dict[str, Any] = {}
        self.meant: dict[str, int] = {}

    def type_into(self, account: str) -> None:
        """Fill in the form of the sales channel with which the id of *account* begins."""
        channel, _, login = account.partition(":")
        self.cells |= {"customer_id": account, "sales_channel": channel}
        if channel == "cafe24":
            self._fill_in_cafe24(login)
        elif channel == "shopify":
            self._fill_in_shopify()
        else:
            self._type_name()
            if channel == "coupang":
                self._type_virtual_phone()
            else:
                self.cells["account_id"] = f"{self._typist.login(self._who)[:4]}*****"
                self._type_phone()
            self._type_address()

    def _fill_in_cafe24(self, login: str) -> None:
        email, phone, address, facts = self._fields
        self.cells["account_id"] = login
        self.meant["login"] = 2 * self._who + login.endswith("b")  # capitals are the same login
        self._type_name()
        if phone < _CAFE24_PHONE:
            self._type_phone()
            if next(self._luck) < 1 / 2 and self.cells["phone"].startswith("0"):
                self.cells["phone"] = f"+82 {self.cells['phone'][1:]}"
        else:
            self.cells["phone"] = "--"
        if email < _CAFE24_EMAIL:
            self._type_email()
        if address < _CAFE24_ADDRESS:
            self._type_address()
        if facts < _CAFE24_FACTS:
            self._type_facts()

    def _fill_in_shopify(self) -> None:
        email, phone, address, _ = self._fields
        self._type_name(latin=self._latin)
        if email < _SHOPIFY_EMAIL:
            self._type_email()
        if phone < _SHOPIFY_PHONE or "email" not in self.cells:
            self._type_phone()
        if address < _SHOPIFY_ADDRESS:
            self._type_address(latin=self._latin)
        if "postal_code" in self.cells:
            self.cells["postal_code"] = f"'{self.cells['postal_code']}"

    def _happens(self, share: float) -> bool:
        return self._typist.happens(next(self._luck), share)

    def _choose_owner(self, luck: float, share: float) -> int:
        relative = self._typist.happens(luck, share)
        return self._typist.relative(self._who) if relative else self._who

    def _type_name(self, *, latin: bool = False) -> None:
        wrong, spot = self._happens(_WRONG_NAME), next(self._luck)
        if latin:
            name = write_latin_name(*self._people.latin[self._who], self._latin_style)
            self.cells["name"] = mistype_latin(name, spot) if wrong else name
            return
        name = self._people.hangul[self._who]
        if wrong:
            name = mistype_hangul(name, spot)
        if self._happens(_NICKNAME):
            name = names.NICKNAMES[int(spot * len(names.NICKNAMES))]
        elif self._happens(_MASKED):
            name = f"{name[0]}*{name[-1]}"
        elif self._happens(_SPACED):
            family = len(self._people.surname[self._who])
            name = f"{name[:family]} {name[family:]}"
        self.cells["name"] = name

    def _type_phone(self) -> None:
        owner, style = self._phone_owner, next(self._luck)
        changed = self._when >= self._people.changed_at[owner]
        number = int((self._people.phone if changed else self._people.old_phone)[owner])
        if self._happens(_MADE_UP_PHONE):
            self.cells["phone"] = "010-0000-0000"
            return
        if self._happens(_TILL_PHONE):
            till = _TILL_NUMBERS[int(next(self._luck) * len(_TILL_NUMBERS))]
            self.cells["phone"] = write_phone(till, style)
            return
        self.meant["phone"] = number
        phone = write_phone(number, style)
        if self._happens(_WRONG_PHONE):
            phone = mistype_digit(phone, next(self._luck))
        if self._happens(_LOST_ZERO):
            phone = phone.replace("-", "").removeprefix("0")
        self.cells["phone"] = phone

    def _type_virtual_phone(self) -> None:
        digits = f"{int(next(self._luck) * 1e8):08}"
        kind = 2 if next(self._luck) < 1 / 2 else 4
        self.cells["phone"] = f"050{kind}-{digits[:4]}-{digits[4:]}"

    def _type_email(self) -> None:
        self.meant["email"] = 2 * self._email_owner + self._second_email
        local, domain = self._typist.email(self._email_owner, second=self._second_email)
        if self._happens(_DOTTED) and domain == "gmail.com":
            local = local.replace(".", "")
        if self._happens(_WRONG_EMAIL):
            local = mistype_latin(local, next(self._luck))
        if self._happens(_TAGGED):
            local = f"{local}+shop"
        self.cells["email"] = f"{pick(next(self._luck), _CASES)(local)}@{domain}"

    def _type_address(self, *, latin: bool = False) -> None:
        people, who = self._people, self._who
        home = int((people.home if self._when >= people.moved_at[who] else people.old_home)[who])
        if self._happens(_GIFT):
            home = int(people.home[int(next(self._luck) * len(people.home))])
        elif people.office[who] >= 0 and self._to_office:
            home = int(people.office[who])
        elif self._is_named():
            self.meant["home"] = home
        door, luck = not self._happens(_NO_DOOR), (next(self._luck), next(self._luck))
        if latin:
            text = write_latin_address(people.homes, home, luck, door=door)
        else:
            text = write_address(people.homes, home, self._address_style, luck, door=door)
        if self._happens(_WRONG_NUMBER):
            text = mistype_digit(text, next(self._luck))
        if self._happens(_WRONG_STREET):
            text = (mistype_latin if latin else mistype_hangul)(text, next(self._luck))
        self.cells["address"] = text
        if not self._happens(_NO_POSTAL_CODE):
            code = write_postal_code(people.homes, home)
            self.cells["postal_code"] = code.lstrip("0") if self._happens(_LOST_ZERO) else code

    def _is_named(self) -> bool:
        name = self.cells["name"]
        return "*" not in name and name not in names.NICKNAMES

    def _type_facts(self) -> None:
        people, who = self._people, self._who
        self.cells["gender"] = ("M", "F")[int(people.gender[who])]
        days_off = 1 + int(next(self._luck) * 30) if self._happens(_WRONG_BIRTH) else 0
        self.cells["birth_date"] = str(people.born[who] + np.timedelta64(days_off, "D"))
