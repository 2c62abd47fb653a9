"""What a file of a source is to be like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs

if TYPE_CHECKING:
    from pathlib import Path

Layout: TypeAlias = Literal["new", "old"]


@attrs.frozen(kw_only=True)
class Request:
    """What a file is to be like.

    Parameters
    ----------
    folder : Path
        Where to write it; it is there.
    zone : str
        IANA zone of the shop.
    end_date : str
        Last local day with orders.
    password : str or None
        To encrypt the file with.
    encoding : str
        Of text.
    layout : {"new", "old"}
        Of sources that changed theirs.
    """

    folder: Path
    zone: str
    end_date: str
    password: str | None = attrs.field(default=None, repr=False)
    encoding: str = "utf-8"
    layout: Layout = "new"

    @property
    def day(self) -> str:
        """The last day as file names have it: 20260630."""
        return self.end_date.replace("-", "")
