"""What ``crmlib serve`` is told of warranties by its TOML file."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import attrs

from crmlib.delivery import open_channel
from crmlib.messages import MEDIA, Sender
from crmlib.tables import check_columns, read_csv
from crmlib.warranty import CodeSender, KeyRing, WarrantyRegistry
from crmlib.web._warranty_desk import WarrantyDesk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from crmlib.sections import Section
    from crmlib.web._brand import Brand

_KEY: Final = "warranty"


@attrs.frozen(kw_only=True, eq=False)
class WarrantySettings:
    """The table ``[warranty]``.

    Parameters
    ----------
    registry : str
        URL of the registry.
    keys : KeyRing
        They verify.
    products : mapping of str to str
        What products are called, by GTIN.
    codes : tuple of str
        The channels that carry one-time codes, set up from the environment
        as for ``crmlib send``.
    template_code : str or None
        Of codes, for channels that send registered texts.
    media : mapping of str to tuple of str
        By which media whoever has an e-mail address, or a phone, is asked to
        agree to advertising.
    region, timezone : str
        Of phone numbers, and of dates.
    """

    registry: str
    keys: KeyRing = attrs.field(repr=False)
    products: Mapping[str, str]
    codes: tuple[str, ...]
    template_code: str | None
    media: Mapping[str, tuple[str, ...]]
    region: str
    timezone: str

    @contextmanager
    def open(self, brand: Brand) -> Iterator[WarrantyDesk]:
        """Open the registry and the channels while the ``with`` block lasts.

        Parameters
        ----------
        brand : Brand
            From whom codes come.
        """
        with ExitStack() as stack:
            channels = [stack.enter_context(open_channel(name)) for name in self.codes]
            # pages write no links, so the registry needs no domain
            registry = stack.enter_context(
                WarrantyRegistry(self.registry, keys=self.keys, domain="https://localhost")
            )
            yield WarrantyDesk(
                registry=registry,
                codes=CodeSender(
                    channels,
                    Sender(name=brand.name, email=brand.email),
                    template_code=self.template_code,
                ),
                products=self.products,
                media=self.media,
                region=self.region,
                timezone=self.timezone,
            )


def read_warranty(root: Section, folder: Path) -> WarrantySettings | None:
    """Read ``[warranty]``, if there is one; paths are relative to *folder*."""
    if _KEY not in root.tables:
        return None
    section = root.table(_KEY)
    registry = section.text("registry", "warranty.db")
    media = {
        field: section.texts(f"{field}_media", default)
        for field, default in (("email", ("email",)), ("phone", ("sms", "kakao")))
    }
    for field, names in media.items():
        section.check_names(f"{field}_media", "medium", names, MEDIA)
    settings = WarrantySettings(
        registry=registry if "://" in registry else f"sqlite:///{folder / registry}",
        keys=_read_keys(section, folder),
        products=_read_products(section, folder),
        codes=section.texts("codes", ("smtp",)),
        template_code=section.text("template_code", None),
        media=media,
        region=section.text("region", "KR"),
        timezone=section.text("timezone", "Asia/Seoul"),
    )
    section.finish()
    return settings


def _read_keys(section: Section, folder: Path) -> KeyRing:
    name = section.text("keys", "warranty-keys.json")
    try:
        with section.owning("keys"):
            return KeyRing.load(folder / name)
    except OSError as error:
        told = f"names {name!r}, which cannot be read ({error.strerror})"
        way_out = "name the file that crmlib warranty issue signs with"
        raise section.error("keys", told, way_out) from error


def _read_products(section: Section, folder: Path) -> dict[str, str]:
    name = section.text("products", None)
    if name is None:
        return {}
    try:
        with section.owning("products"):
            table = read_csv(folder / name)
            check_columns(name, table, ["gtin", "name"])
    except OSError as error:
        told = f"names {name!r}, which cannot be read ({error.strerror})"
        raise section.error("products", told, "name a CSV file: gtin, name") from error
    return dict(zip(table["gtin"], table["name"], strict=True))
