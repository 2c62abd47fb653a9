"""What the headers of an unknown order file may mean, for a person to correct."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.sources._choose_source import choose_source
from crmlib.sources._column_profile import ColumnProfile, profile_column
from crmlib.sources._generic_headers import CANONICAL
from crmlib.sources._header_words import HEADER_WORDS, rate_header
from crmlib.sources._order_mapping import OrderMapping
from crmlib.sources._registry import recognise
from crmlib.sources._sheets import read_sheets
from crmlib.sources._tell import tell
from crmlib.tables import CONTACT_FIELDS, read_numbers, read_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

N_ROWS = 1000
"""Rows of each file that are looked at."""

_HANGUL = re.compile("[\uac00-\ud7a3]")
_MOST, _MANY = 0.8, 0.5
_WORTH_NAMING = 0.3
_EXACT = 0.9
_HEADERS_KNOWN = 3
_ALWAYS = 0.98


def read_head(
    orders: Any, *, encoding: str | None = None, password: str | None = None
) -> pd.DataFrame:
    r"""Read the first thousand rows of order files, cells as they are written.

    Parameters
    ----------
    orders : path, bytes, dataframe, or list of them
    encoding, password : str, optional
        As :func:`crmlib.read_orders` takes them.

    Returns
    -------
    DataFrame of shape (n_rows, n_headers)
        Under the headers of the files, which stand below any notices.

    Raises
    ------
    UnreadableFileError
        If a file cannot be read.

    Examples
    --------
    >>> read_head(b"orders of May,\nOrder ID,Date,Total\n1,2024-05-01,12\n")
      Order ID        Date Total
    0        1  2024-05-01    12
    """
    heads = list(read_heads(orders, encoding=encoding, password=password).values())
    return heads[0] if len(heads) == 1 else pd.concat(heads, ignore_index=True)


def read_heads(
    orders: Any, *, encoding: str | None = None, password: str | None = None
) -> dict[str, pd.DataFrame]:
    """Read the first thousand rows of each order file, as :func:`read_head` does of all.

    Returns
    -------
    dict of str to DataFrame
        By the name of the file, and of the sheet where it has several.
    """
    _, known = choose_source(None, None)

    def is_header(cells: Sequence[str]) -> bool:
        return recognise(cells, known) is not None or _looks_like_header(cells)

    sheets = read_sheets(orders, is_header, encoding=encoding, password=password)
    heads = {}
    for sheet in sheets:
        headers = [str(header) for header in sheet.table.columns]
        head = sheet.table[sheet.problems.isna().to_numpy()].head(N_ROWS).set_axis(headers, axis=1)
        distinct = head.loc[:, ~head.columns.duplicated()]
        heads[sheet.name] = distinct.drop(columns="", errors="ignore")
    return heads


def find_known_source(headers: Sequence[str]) -> str | None:
    """Name the source that knows files with these *headers*; None if none does."""
    source = recognise(headers, choose_source(None, None)[1])
    return None if source is None else source.name


def suggest_mapping(
    orders: Any, *, encoding: str | None = None, password: str | None = None
) -> OrderMapping:
    """Suggest what the headers of a shop's own order files mean.

    It looks at the words in the headers, English and Korean, and at the first
    thousand cells below each.  It is a suggestion: save it, look at it, correct
    it, and give it to :func:`crmlib.read_orders` as ``columns``.

    Parameters
    ----------
    orders : path, bytes, dataframe, or list of them
    encoding, password : str, optional
        As :func:`crmlib.read_orders` takes them.

    Returns
    -------
    OrderMapping
        ``unused`` names the headers for which nothing was found.

    Raises
    ------
    UnreadableFileError
        If a file cannot be read.

    Warns
    -----
    DataQualityWarning
        Says what a person has to decide: a needed column for which there is
        no header, names in the place of ids, totals that are of the order.

    Examples
    --------
    >>> import pandas as pd
    >>> shop = pd.DataFrame({
    ...     "주문번호": ["A-1", "A-2"], "주문일": ["2024-03-01", "2024-03-02"],
    ...     "회원번호": ["17", "18"], "결제금액": ["12,000원", "7,000원"], "메모": ["", "선물"],
    ... })
    >>> mapping = suggest_mapping(shop)
    >>> mapping.columns["ordered_at"], mapping.columns["amount"], mapping.unused
    ('주문일', '결제금액', ('메모',))
    >>> mapping.timezone
    'Asia/Seoul'
    """
    head = read_head(orders, encoding=encoding, password=password)
    if source := find_known_source(list(head.columns)):
        tell(f"these are headers of {source!r}: such files are read without a mapping")
    profiles = {header: profile_column(head[header]) for header in head.columns}
    columns = _assign(profiles)
    _settle_customer(columns, profiles)
    _settle_amount(columns, head)
    _say_what_is_missing(columns)
    korean = any(_HANGUL.search(header) for header in columns.values())
    money = [profiles[columns[name]] for name in ("amount", "unit_price") if name in columns]
    return OrderMapping(
        columns={name: columns[name] for name in CANONICAL if name in columns},
        timezone="Asia/Seoul" if korean else "UTC",
        region="KR" if korean else None,
        decimal="," if sum(one.commas - one.points for one in money) > 0 else ".",
        unused=tuple(header for header in profiles if header not in columns.values()),
    )


def _looks_like_header(cells: Sequence[str]) -> bool:
    """Tell whether a row holds the words of several columns, that of an order among them."""
    named = [cell for cell in cells if cell]
    held = {
        name for name in HEADER_WORDS if any(rate_header(name, cell) >= _EXACT for cell in named)
    }
    return len(held) >= _HEADERS_KNOWN and not held.isdisjoint({"order_id", "ordered_at"})


def _assign(profiles: dict[str, ColumnProfile]) -> dict[str, str]:
    """Give each canonical column the header that fits best, each header once."""
    ratings = [
        (rating, -CANONICAL.index(name), -place, name, header)
        for place, (header, profile) in enumerate(profiles.items())
        for name in CANONICAL
        if name in HEADER_WORDS
        and (rating := rate_header(name, header)) >= _WORTH_NAMING
        and (_may_hold(name, profile) if profile.filled else rating >= _EXACT)
    ]
    columns: dict[str, str] = {}
    for *_, name, header in sorted(ratings, reverse=True):
        if name not in columns and header not in columns.values():
            columns[name] = header
    free = [header for header in profiles if header not in columns.values()]
    dated = [header for header in free if profiles[header].dates >= _MOST]
    mailed = [header for header in free if profiles[header].emails >= _MOST]
    for name, found in (("ordered_at", dated), ("email", mailed)):
        if name not in columns and len(found) == 1:
            columns[name] = found[0]
    return columns


def _may_hold(name: str, profile: ColumnProfile) -> bool:
    """Tell whether cells look like what a canonical column holds."""
    if name == "ordered_at":
        return profile.dates >= _MOST
    if name in {"amount", "unit_price", "quantity", "refunded", "shipping_fee"}:
        return profile.numbers >= _MOST
    if name == "currency":
        return profile.currencies >= _MOST
    if name in {"email", "phone"}:
        return (profile.emails if name == "email" else profile.phones) >= _MANY
    if name in {"name", "category", "product_name", "status", "gender"}:
        return profile.emails < _MANY and profile.numbers < _MANY
    return profile.emails < _MANY or name == "customer_id"


def _settle_customer(columns: dict[str, str], profiles: dict[str, ColumnProfile]) -> None:
    """Take an id that guests lack for that of an account; take names for ids if need be."""
    reachable = not {"email", "phone"}.isdisjoint(columns)
    if "customer_id" in columns:
        if reachable and profiles[columns["customer_id"]].filled < _ALWAYS:
            columns["account_id"] = columns.pop("customer_id")
    elif "name" in columns and not reachable and "address" not in columns:
        columns["customer_id"] = columns.pop("name")
        tell(
            f"no header holds ids of customers, so {columns['customer_id']!r} is taken: two "
            "people of one name would be one customer"
        )


def _settle_amount(columns: dict[str, str], head: pd.DataFrame) -> None:
    """Leave out an amount that is the total of the order, again on each of its lines."""
    if not {"amount", "order_id"}.issubset(columns):
        return
    orders = read_texts(head[columns["order_id"]]).to_numpy()
    amounts, readable = read_numbers(head[columns["amount"]], ".")
    lines = pd.DataFrame({"order": orders, "amount": amounts})[readable].groupby("order")
    several = lines["amount"].nunique()[lines.size() > 1]
    if len(several) < _HEADERS_KNOWN or np.mean(several == 1) < _MOST:
        return
    header = columns["amount"]
    text = f"{header!r} is the same on all lines of an order: it may be the total of the order"
    if {"quantity", "unit_price"}.issubset(columns):
        del columns["amount"]
        text += ", so quantity times unit price is taken instead"
    tell(text)


def _say_what_is_missing(columns: dict[str, str]) -> None:
    """Name the needed columns for which there is no header."""
    missing = [name for name in ("order_id", "ordered_at") if name not in columns]
    if "amount" not in columns and not {"quantity", "unit_price"}.issubset(columns):
        missing.append("amount")
    if {"customer_id", *CONTACT_FIELDS}.isdisjoint(columns):
        missing.insert(0, "customer_id")
    if missing:
        tell(f"no header was found for {missing}: say which ones hold them, under [columns]")
