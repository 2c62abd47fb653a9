"""Links as QR codes, one by one and on sheets to print."""

from __future__ import annotations

from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from crmlib.exceptions import InvalidParameterError
from crmlib.warranty._extra import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmlib.warranty._gs1 import DigitalLink

_STYLE: Final = """
@page { size: A4; margin: 10mm }
body { margin: 0; font: 8pt/1.3 sans-serif; color: #000; background: #fff }
main { display: grid; grid-template-columns: repeat(var(--columns), 1fr); gap: 4mm }
figure { margin: 0; text-align: center; break-inside: avoid; overflow-wrap: anywhere }
svg { width: 100%; height: auto }
"""


def make_qr_png(link: DigitalLink, *, scale: int = 8) -> bytes:
    r"""Give *link* as the QR code of a PNG file, of *scale* pixels a module.

    Raises
    ------
    MissingExtraError
        If ``crmlib[warranty]`` is not installed.
    InvalidParameterError
        If *scale* is below 1.

    Examples
    --------
    >>> from crmlib.warranty import DigitalLink
    >>> link = DigitalLink(domain="https://id.example.com", gtin="9506000134352", serial="1")
    >>> make_qr_png(link)[:4]
    b'\x89PNG'
    """
    if scale < 1:
        raise InvalidParameterError("scale", scale, "1 or more pixels")
    file = BytesIO()
    _make_code(link).save(file, kind="png", scale=scale)
    return file.getvalue()


def make_qr_svg(link: DigitalLink) -> str:
    """Give *link* as a QR code in SVG, to be put into a page or a file.

    Examples
    --------
    >>> from crmlib.warranty import DigitalLink
    >>> link = DigitalLink(domain="https://id.example.com", gtin="9506000134352", serial="1")
    >>> make_qr_svg(link)[:4]
    '<svg'
    """
    svg: str = _make_code(link).svg_inline(omitsize=True, title=f"{link.gtin} {link.serial}")
    return svg


def make_qr_sheet(links: Iterable[DigitalLink], *, columns: int = 4) -> str:
    """Give a page of HTML with the codes of *links*, to be printed on A4.

    Below each code stand its GTIN and serial number.  The page needs nothing
    from elsewhere.

    Raises
    ------
    InvalidParameterError
        If *columns* is not from 1 to 5: smaller codes cannot be scanned.

    Examples
    --------
    >>> from crmlib.warranty import DigitalLink
    >>> link = DigitalLink(domain="https://id.example.com", gtin="9506000134352", serial="1")
    >>> make_qr_sheet([link, link]).count("<figure>")
    2
    """
    if not 1 <= columns <= 5:  # noqa: PLR2004 -- modules of 0.41 mm on A4
        raise InvalidParameterError("columns", columns, "from 1 to 5")
    figures = "\n".join(
        f"<figure>{make_qr_svg(link)}<figcaption>{link.gtin}<br>{escape(link.serial)}"
        "</figcaption></figure>"
        for link in links
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>QR codes</title>'
        f'<style>{_STYLE}</style></head>\n<body><main style="--columns: {columns}">\n'
        f"{figures}\n</main></body></html>\n"
    )


def _make_code(link: DigitalLink) -> Any:
    # level M, as GS1 asks for; more correction would make the modules smaller
    return load("segno").make(str(link), error="m", micro=False, boost_error=False)
