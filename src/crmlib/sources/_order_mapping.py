"""Which header of a shop's own files holds what: found once, saved, used again."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import attrs
import phonenumbers

from crmlib.durability import write_durably
from crmlib.exceptions import (
    ConfigError,
    InvalidParameterError,
    UnknownNameError,
    UnreadableFileError,
)
from crmlib.safe_text import is_text
from crmlib.sources._generic_headers import CANONICAL
from crmlib.tables import is_zone

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

DateOrder = Literal["auto", "day-first", "month-first"]
Decimal = Literal[".", ","]

_PREFACE = """\
# What the headers of a shop's order files mean.  Look at each line, and correct it.
#
#   crmlib segment orders.csv --mapping shop.toml
#   crmlib.read_orders("orders.csv", columns="shop.toml")
"""
_SETTINGS = {
    "timezone": ("UTC", "IANA zone of times without an offset, such as Asia/Seoul"),
    "currency": ("KRW", "ISO 4217; of lines that name none"),
    "sales_channel": ("own-shop", "of lines that name none"),
    "region": ("KR", "ISO 3166 country of phone numbers without a country code"),
    "date_order": ("auto", 'how 9/12/2011 is read: "day-first", "month-first", or "auto"'),
    "decimal": (".", 'decimal mark of numbers: "." or ","'),
}


def _freeze(columns: Mapping[str, str]) -> Mapping[str, str]:
    """Give *columns* so that nobody can change them."""
    return MappingProxyType(dict(columns))


def _list(headers: Iterable[str]) -> tuple[str, ...]:
    """Give *headers* so that nobody can change them."""
    return tuple(headers)


def _check_columns(_: object, field: attrs.Attribute[Any], columns: Mapping[str, str]) -> None:
    """Refuse names that are not canonical, and headers that are no text."""
    for name, header in columns.items():
        if name not in CANONICAL:
            raise UnknownNameError("canonical column", str(name), CANONICAL)
        _check_text(_, field, header)


def _check_texts(_: object, field: attrs.Attribute[Any], headers: Iterable[object]) -> None:
    """Refuse headers that are no text."""
    for header in headers:
        _check_text(_, field, header)


def _check_text(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is no text, or is one that no file can hold."""
    if not isinstance(value, str) or not value or not is_text(value):
        raise InvalidParameterError(field.name, value, "text")


def _check_zone(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is no zone."""
    if not is_zone(value):
        raise InvalidParameterError(field.name, value, "an IANA zone such as 'Asia/Seoul'")


def _check_region(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is no country that has phones."""
    if value is not None and value not in phonenumbers.SUPPORTED_REGIONS:
        raise InvalidParameterError(field.name, value, "an ISO 3166 country such as 'KR'")


def _check_choice(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is not among the values of a setting."""
    choices = {"date_order": get_args(DateOrder), "decimal": get_args(Decimal)}[field.name]
    if value not in choices:
        raise InvalidParameterError(field.name, value, f"one of {list(choices)}")


@attrs.frozen(kw_only=True)
class OrderMapping:
    """What the headers of a shop's own order files mean.

    Parameters
    ----------
    columns : mapping of str to str
        Canonical column to header.
    timezone : str, default="UTC"
        IANA zone of times without an offset.
    currency, sales_channel : str, optional
        What a line is given that names none.
    region : str, optional
        ISO 3166 country of phone numbers without a country code.
    date_order : {"auto", "day-first", "month-first"}, default="auto"
    decimal : {".", ","}, default="."
    unused : tuple of str
        Headers that hold nothing which crmlib needs: for a person to see.

    Raises
    ------
    UnknownNameError
        If *columns* names a column that is not canonical.
    InvalidParameterError
        If a setting has a value that cannot be.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> mapping = OrderMapping(columns={"customer_id": "Client"}, timezone="Asia/Seoul")
    >>> with TemporaryDirectory() as folder:
    ...     mapping.save(Path(folder, "shop.toml"))
    ...     OrderMapping.load(Path(folder, "shop.toml")) == mapping
    True
    """

    columns: Mapping[str, str] = attrs.field(converter=_freeze, validator=_check_columns)
    timezone: str = attrs.field(default="UTC", validator=_check_zone)
    currency: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(_check_text)
    )
    sales_channel: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(_check_text)
    )
    region: str | None = attrs.field(default=None, validator=_check_region)
    date_order: DateOrder = attrs.field(default="auto", validator=_check_choice)
    decimal: Decimal = attrs.field(default=".", validator=_check_choice)
    unused: tuple[str, ...] = attrs.field(default=(), converter=_list, validator=_check_texts)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the mapping as TOML, for a person to read and correct.

        It holds headers, and nothing of what stands below them.
        """
        lines = [_PREFACE]
        for name, (example, meaning) in _SETTINGS.items():
            value = getattr(self, name)
            setting = f"{name} = {_quote(example if value is None else value)}  # {meaning}"
            lines.append(f"# {setting}" if value is None else setting)
        lines += ["", "# headers that are not used", "unused = ["]
        lines += [f"  {_quote(header)}," for header in self.unused]
        lines += ["]", "", "[columns]  # what crmlib calls it = what the file calls it"]
        lines += [f"{name} = {_quote(header)}" for name, header in self.columns.items()]
        if missing := [name for name in CANONICAL if name not in self.columns]:
            lines += ["", f"# there are also: {', '.join(missing)}"]
        with write_durably(Path(path)) as file:
            file.write("\n".join(lines).encode() + b"\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a mapping that :meth:`save` wrote, or that a person did.

        Raises
        ------
        UnreadableFileError
            If there is no such file, or it is no TOML.
        ConfigError
            If a key is unknown or has a value that cannot be.
        """
        try:
            data = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            raise UnreadableFileError(
                str(path), f"is no mapping that can be read ({error})", "write it as TOML"
            ) from error
        known = [field.name for field in attrs.fields(cls)]
        for key in data:
            if key not in known:
                raise ConfigError(str(path), key, "is unknown", f"there are {known}")
        try:
            return cls(**{"columns": {}, **data})
        except (TypeError, ValueError, AttributeError, LookupError) as error:
            problem = " ".join(str(error).split())
            raise ConfigError(
                str(path), "the mapping", f"cannot be ({problem})", "correct it"
            ) from error


def _quote(value: str) -> str:
    """Give a text as TOML writes it, which is as JSON does, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
