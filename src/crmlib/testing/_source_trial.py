"""A source of order files under trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from crmlib.tables import make_transactions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmlib.sources import OrderSource
    from crmlib.tables import Orders

_FIRST_LABEL = 100


@attrs.frozen(kw_only=True, eq=False)
class SourceTrial:
    """A source and files of it.

    Parameters
    ----------
    source : OrderSource
    tables : dict of str to DataFrame
        By kind; cells under the headers of the file.  No index label comes
        twice, in all tables together.
    """

    source: OrderSource
    tables: dict[str, pd.DataFrame] = attrs.field(repr=False)

    @classmethod
    def of(cls, source: OrderSource, example: pd.DataFrame | Mapping[str, pd.DataFrame]) -> Any:
        """Give the rows of an *example* labels that do not begin with 0."""
        kinds = list(source.kinds) or ["orders"]
        by_kind = {kinds[0]: example} if isinstance(example, pd.DataFrame) else example
        start = _FIRST_LABEL
        tables = {}
        for kind, table in by_kind.items():
            labels = pd.RangeIndex(start, start + len(table))
            tables[kind] = table.set_axis(labels, axis=0)
            start = labels.stop
        return cls(source=source, tables=tables)

    @property
    def labels(self) -> list[int]:
        """The index labels of all tables."""
        return [label for table in self.tables.values() for label in table.index]

    def copies(self) -> dict[str, pd.DataFrame]:
        """Give tables that the source may spoil."""
        return {kind: table.copy() for kind, table in self.tables.items()}

    def arrange(self, tables: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
        """Give the lines of *tables*, or of copies of the trial's own, by label."""
        lines = self.source.arrange(self.copies() if tables is None else tables)
        return lines.reindex(sorted(lines.index)) if lines.index.is_unique else lines

    def read(self, lines: pd.DataFrame) -> Orders:
        """Read arranged *lines* by the habits of the source, whoever bought."""
        return make_transactions(
            lines,
            timezone=self.source.timezone,
            duplicates="keep",
            date_order=self.source.date_order,
            decimal=self.source.decimal,
        )

    def headers(self, kind: str) -> list[str]:
        """Give the headers of the file of a kind."""
        return [str(header) for header in self.tables[kind].columns]

    def shuffled(self) -> list[dict[str, pd.DataFrame]]:
        """Give the tables with their rows in other orders, each row under its label."""
        rng = np.random.default_rng(0)
        ways = (lambda n: np.arange(n)[::-1], rng.permutation)
        return [
            {kind: table.iloc[way(len(table))] for kind, table in self.copies().items()}
            for way in ways
        ]
