"""What a source of order files promises: the page that the author of one reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Literal

from crmlib.tables import NON_PRODUCT_IDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


class OrderSource(ABC):
    """A shop, market place or till whose order files are known.

    Subclass it, say by which headers its files are known, and arrange their
    cells under canonical names; register the class in the entry-point group
    ``crmlib.sources`` and :func:`crmlib.read_orders` recognises such files.

    Attributes
    ----------
    name : str
        What users type; the name of the entry point.
    kinds : mapping of str to tuple of tuple of str
        The kinds of file that there are, most often only ``"orders"``.  A
        file is of a kind if it has a header of each group.  Headers are
        compared without case, spaces, and ``_ - . #``.
    sales_channel : str or None
        What a line is given that names none.
    timezone : str
        IANA zone of times without an offset.
    currency : str or None
        ISO 4217; what a line is given that names none.
    region : str or None
        ISO 3166 country of phone numbers without a country code.
    non_product_ids : str
        Regular expression of product ids that are no products.
    date_order, decimal : str
        See :func:`crmlib.tables.make_transactions`.
    """

    name: ClassVar[str]
    kinds: ClassVar[Mapping[str, tuple[tuple[str, ...], ...]]]
    sales_channel: str | None = None
    timezone: str = "UTC"
    currency: str | None = None
    region: str | None = None
    non_product_ids: str = NON_PRODUCT_IDS
    date_order: Literal["auto", "day-first", "month-first"] = "auto"
    decimal: Literal[".", ","] = "."

    def recognise(self, headers: Sequence[str]) -> str | None:
        """Say which kind of file has these *headers*; None if it is not of this source."""
        plain = {plain_header(header) for header in headers}
        for kind, groups in self.kinds.items():
            if all(plain.intersection(map(plain_header, group)) for group in groups):
                return kind
        return None

    @abstractmethod
    def arrange(self, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Bring the cells of the files under canonical names.

        Parameters
        ----------
        tables : mapping of str to DataFrame
            By kind, the rows of all files of that kind, cells as they are
            written, under their headers.  No index label comes twice, in all
            tables together.

        Returns
        -------
        DataFrame of shape (n_rows, n_columns)
            Raw lines as :func:`crmlib.tables.make_transactions` takes them.
            Each index label of *tables* stands in it exactly once: a row that
            is no line of its own is set aside by ``aside``, never left out.
        """


@lru_cache(4096)
def plain_header(header: str) -> str:
    """Give *header* as headers are compared.

    Examples
    --------
    >>> plain_header("Customer ID") == plain_header("customer_id")
    True
    """
    return "".join(character for character in header.casefold() if character not in " _-.#\t\n")


def clean_header(cell: object) -> str:
    r"""Give the text of a cell of a header, without spaces and marks that nobody sees.

    Examples
    --------
    >>> clean_header("\ufeffOrder\u00a0")
    'Order'
    """
    return str(cell).strip().strip("\ufeff\u200b").strip()
