"""``[data] orders``: which files, from where, and how each is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.exceptions import ConfigError, UnreadableFileError
from crmlib.sections import REQUIRED, Section
from crmlib.sources import read_orders
from crmlib.tables import OPTIONAL_COLUMNS, REQUIRED_COLUMNS, Orders, get_zone

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TEXTS: Final = ("source", "timezone", "currency", "sales_channel", "encoding", "password")
_EXPECTED: Final = (
    'a path, a list of paths such as ["mall.csv", "downloads"], or tables such as '
    '{ path = "own.csv", mapping = "own.toml" }'
)


@attrs.frozen(kw_only=True)
class OrderFiles:
    """Order files that are read alike; see :func:`crmlib.read_orders`.

    Parameters
    ----------
    paths : tuple of Path
        Files, folders and patterns such as ``downloads/*.xlsx``.
    source : str, optional
        Where they come from; by default each is known by its headers.
    mapping : Path, optional
        What the headers mean of those files that no source knows.
    columns : dict of str to str
        Headers by canonical column.
    timezone : str, optional
        IANA zone of times without an offset; by default that of the source.
    currency, sales_channel, encoding : str, optional
    password : str, optional
        Of encrypted workbooks; ``"env:NAME"`` is read from the environment
        when the files are.
    keep : dict of str to str
        Headers of further columns, by the names that rules and templates use.
    """

    paths: tuple[Path, ...]
    source: str | None = None
    mapping: Path | None = None
    columns: dict[str, str] = attrs.field(factory=dict, hash=False)
    timezone: str | None = None
    currency: str | None = None
    sales_channel: str | None = None
    encoding: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    keep: dict[str, str] = attrs.field(factory=dict, hash=False)
    _section: Section = attrs.field(repr=False, eq=False)
    _key: str | None = attrs.field(default=None, repr=False, eq=False)
    """The key of the campaign file that names them, if one does."""

    def read(self, password: str | None = None) -> Orders:
        """Read the files, workbooks with *password* instead of their own if one is given.

        Raises
        ------
        ConfigError
            Naming the key, if it names a file that cannot be read.
        """
        own = self._section.resolve("password", self.password)
        try:
            return read_orders(
                list(self.paths),
                source=self.source,
                columns=self.mapping or self.columns or None,
                timezone=self.timezone,
                currency=self.currency,
                sales_channel=self.sales_channel,
                encoding=self.encoding,
                password=password or own,
                keep=self.keep,
            )
        except UnreadableFileError as error:
            if self._key is None:
                raise
            told = f"names what cannot be read ({error.path}: {error.problem})"
            raise ConfigError(self._section.path, self._key, told, error.way_out) from error


def read_order_files(files: Sequence[OrderFiles], password: str | None = None) -> Orders:
    """Read all *files* as one history."""
    parts = [each.read(password) for each in files]
    return parts[0] if len(parts) == 1 else Orders.join(*parts)


def parse_defaults(section: Section, folder: Path) -> OrderFiles:
    """Read what ``[data]`` says of all its order files.

    Its ``timezone`` is that of the account, and of files that do not know
    better: a mapping says in which zone its files are.
    """
    settings = _parse(section, folder)
    if settings["mapping"] is not None:
        settings["timezone"] = None
    return OrderFiles(paths=(), section=section, **settings)


def parse_order_files(
    section: Section, key: str, folder: Path, defaults: OrderFiles, default: Any = REQUIRED
) -> tuple[OrderFiles, ...]:
    """Read the files that *key* names: paths are read by *defaults*, tables by their own keys."""
    found = section.value(key, _EXPECTED, (str, list, dict), default)
    entries = [found] if isinstance(found, str | dict) else list(found)
    plain = tuple(folder / entry for entry in entries if isinstance(entry, str))
    groups = [attrs.evolve(defaults, paths=plain, key=section.key(key))] if plain else []
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, dict):
            name = section.key(key) if isinstance(found, dict) else f"{section.key(key)}[{number}]"
            groups.append(_parse_entry(Section(section.path, name, entry), folder, defaults))
        elif not isinstance(entry, str):
            raise section.error(key, f"holds {entry!r}", f"it must be {_EXPECTED}")
    return tuple(groups)


def _parse_entry(section: Section, folder: Path, defaults: OrderFiles) -> OrderFiles:
    """Read the files of one table; a mapping has a zone of its own, and files keep their own."""
    paths = tuple(folder / path for path in section.text_or_texts("path"))
    own = _parse(section, folder)
    section.finish()
    if own["mapping"] is not None or own["columns"]:
        inherited = attrs.evolve(defaults, mapping=None, columns={}, keep={})
    else:
        inherited = attrs.evolve(defaults, keep={})
    if own["mapping"] is not None:
        inherited = attrs.evolve(inherited, timezone=None)
    given = {name: value for name, value in own.items() if value}
    blamed = section if "password" in given else defaults._section  # noqa: SLF001 -- of its own class
    return attrs.evolve(inherited, paths=paths, section=blamed, key=section.key("path"), **given)


def _parse(section: Section, folder: Path) -> dict[str, Any]:
    """Read how files are read."""
    settings: dict[str, Any] = {name: section.text(name, None) for name in _TEXTS}
    if settings["timezone"] is not None:
        with section.owning("timezone"):
            get_zone(settings["timezone"])
    mapping = section.text("mapping", None)
    columns = _parse_columns(section.table("columns", {}))
    if mapping is not None and columns:
        raise section.error(
            "columns", "stands beside a mapping", "write the headers into that file, [columns]"
        )
    kept = section.table("keep", {})
    return settings | {
        "keep": {name: kept.text(name) for name in kept.keys},
        "mapping": None if mapping is None else folder / mapping,
        "columns": columns,
    }


def _parse_columns(section: Section) -> dict[str, str]:
    known = (*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS)
    found = {name: section.text(name, None) for name in known}
    section.finish()
    return {name: header for name, header in found.items() if header is not None}
