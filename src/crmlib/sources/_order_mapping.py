"""Which header of a shop's own files holds what: found once, saved, used again."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self

import attrs

from crmlib.durability import write_durably
from crmlib.exceptions import ConfigError, UnreadableFileError

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping


def _freeze(columns: Mapping[str, str]) -> Mapping[str, str]:
    """Give *columns* so that nobody can change them."""
    return MappingProxyType(dict(columns))


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
    date_order : {"auto", "day-first", "month-first"}, default="auto"
    decimal : {".", ","}, default="."

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

    columns: Mapping[str, str] = attrs.field(
        converter=_freeze,
        validator=attrs.validators.deep_mapping(
            attrs.validators.instance_of(str), attrs.validators.instance_of(str)
        ),
    )
    timezone: str = "UTC"
    currency: str | None = None
    sales_channel: str | None = None
    date_order: Literal["auto", "day-first", "month-first"] = attrs.field(
        default="auto", validator=attrs.validators.in_(("auto", "day-first", "month-first"))
    )
    decimal: Literal[".", ","] = attrs.field(
        default=".", validator=attrs.validators.in_((".", ","))
    )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the mapping as TOML, for a person to read and correct."""
        settings = [field.name for field in attrs.fields(type(self)) if field.name != "columns"]
        lines = [
            f"{name} = {_quote(getattr(self, name))}" for name in settings if getattr(self, name)
        ]
        lines += ["", "[columns]  # what crmlib calls it = what the file calls it"]
        lines += [f"{name} = {_quote(header)}" for name, header in self.columns.items()]
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
            data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UnreadableFileError(
                str(path), f"is no mapping that can be read ({error})", "write it as TOML"
            ) from error
        known = [field.name for field in attrs.fields(cls)]
        for key in data:
            if key not in known:
                raise ConfigError(str(path), key, "is unknown", f"there are {known}")
        try:
            return cls(**{"columns": {}, **data})
        except (TypeError, ValueError) as error:
            raise ConfigError(
                str(path), "the mapping", f"cannot be ({error.args[0]})", "correct it"
            ) from error


def _quote(value: Any) -> str:
    """Give a text as TOML writes it, which is as JSON does."""
    return json.dumps(value, ensure_ascii=False)
