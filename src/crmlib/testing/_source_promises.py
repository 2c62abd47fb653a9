"""The promises of :class:`crmlib.sources.OrderSource`, a function each.

Every function takes the trial; its docstring is the sentence of the contract.
"""
# ruff: noqa: D401 -- a promise is a statement, no order

from __future__ import annotations

import math
import re
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.exceptions import ConformanceError, MissingColumnsError
from crmlib.sources import list_sources, load_source
from crmlib.tables import CONTACT_FIELDS, read_numbers
from crmlib.testing._estimator_trial import require_same

if TYPE_CHECKING:
    from crmlib.testing._source_trial import SourceTrial

NONSENSE = (
    "",
    "?",
    None,
    "=1+1",
    "-1",
    math.nan,
    1e300,
    pd.Timestamp("2025-10-07"),
    "\u3042" * 300,
)
"""Cells that files have, by accident or because a spreadsheet made something of them."""

_MONEY = ("amount", "refunded", "shipping_fee")


def has_a_name_that_can_be_typed(trial: SourceTrial) -> None:
    """The name is of lower-case letters, digits and hyphens."""
    name = getattr(trial.source, "name", None)
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise ConformanceError(
            "a name such as 'corner-shop'", repr(name), "set the class attribute name"
        )


def recognises_its_own_files(trial: SourceTrial) -> None:
    """Each file of the example is recognised as of its kind, in any case of the headers."""
    for kind in trial.tables:
        headers = trial.headers(kind)
        for written in (headers, [header.upper() for header in headers], headers[::-1]):
            found = trial.source.recognise(written)
            if found != kind:
                raise ConformanceError(
                    f"{kind!r} for the headers {written}",
                    repr(found),
                    "name headers in kinds that every file of that kind has, and no other kind",
                )


def recognises_no_other_file(trial: SourceTrial) -> None:
    """A file of another source, or of none, is not recognised."""
    others = {"no source": ["customer_id", "order_id", "ordered_at", "amount"], "nothing": [""]}
    for info in list_sources():
        if info.package == "crmlib" and info.name != trial.source.name:
            for kind, groups in load_source(info.name).kinds.items():
                others[f"{info.name} ({kind})"] = [group[0] for group in groups]
    for whose, headers in others.items():
        found = trial.source.recognise(headers)
        if found is not None:
            raise ConformanceError(
                f"None for the headers of {whose}: {headers}",
                repr(found),
                "name more headers in kinds, such that only your files have all of them",
            )


def gives_each_row_once(trial: SourceTrial) -> None:
    """Each index label of the tables stands in the answer once: no row is lost or invented."""
    labels = list(trial.source.arrange(trial.copies()).index)
    if sorted(labels) != sorted(trial.labels):
        raise ConformanceError(
            f"the {len(trial.labels)} index labels of the tables, each once",
            f"{len(labels)} labels: {labels[:5]}, …",
            "build the answer with index=table.index; set rows aside by 'aside', leave none out",
        )


def gives_what_orders_need(trial: SourceTrial) -> None:
    """The answer has an order id, a time, an amount and what tells customers apart."""
    lines = trial.arrange()
    if "customer_id" not in lines and any(name in lines for name in CONTACT_FIELDS):
        lines = lines.assign(customer_id=None)
    try:
        trial.read(lines)
    except MissingColumnsError as error:
        raise ConformanceError(
            "the columns customer_id (or contacts), order_id, ordered_at and amount",
            f"{list(lines)}",
            f"add {error.missing}, empty where the file says nothing",
        ) from error


def reads_its_example(trial: SourceTrial) -> None:
    """Order ids, times and amounts of the example can be read, in most of its rows."""
    lines = trial.arrange()
    try:
        orders = trial.read(lines.assign(customer_id="C1"))
    except MissingColumnsError:
        return  # the check above says so
    unread = orders.set_aside[orders.set_aside["reason"].str.contains("unreadable|missing")]
    if 2 * len(unread) >= len(lines):
        raise ConformanceError(
            "rows that can be read",
            f"{len(unread)} of {len(lines)} that cannot: {unread['detail'].iloc[0]}",
            "look at date_order, decimal and timezone, or clean the cells",
        )


def writes_into_no_table(trial: SourceTrial) -> None:
    """The tables are as they were afterwards."""
    tables = trial.copies()
    trial.source.arrange(tables)
    for kind, table in trial.tables.items():
        if kind not in tables or not tables[kind].equals(table):
            raise ConformanceError(
                f"the table {kind!r} as it was", "another one", "work on table.copy()"
            )


def row_order_says_nothing(trial: SourceTrial) -> None:
    """Shuffled rows are the same lines; money of an order may stand on another of its lines."""
    lines = trial.arrange()
    expected, way_out = (
        "the same lines from shuffled rows",
        "find the rows of an order by its id, or by table.sort_index(), not by where they stand",
    )
    words = [name for name in lines if name not in {*_MONEY, "line_id"}]
    for tables in trial.shuffled():
        shuffled = trial.arrange(tables)
        require_same(shuffled.reindex(columns=words), lines[words], expected, way_out)
        require_same(_add_money(shuffled), _add_money(lines), expected, way_out)


def answers_the_same_again(trial: SourceTrial) -> None:
    """What was read before says nothing of the next file."""
    require_same(
        trial.arrange(),
        trial.arrange(),
        "the same lines at the second time",
        "keep nothing from one call of arrange() to the next",
    )


def takes_cells_of_nonsense(trial: SourceTrial) -> None:
    """A row of cells that make no sense is given on; it stops nothing."""
    n_lines = len(trial.arrange())
    for cell in NONSENSE:
        tables = trial.copies()
        for kind, table in tables.items():
            spoiled = table.astype(object)
            spoiled.iloc[0] = cell
            tables[kind] = spoiled
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a source may say that a cell is strange
            lines = trial.arrange(tables)
        if len(lines) != n_lines:
            raise ConformanceError(
                f"{n_lines} lines where a row holds {cell!r}",
                f"{len(lines)}",
                "give the cells on as they are: make_transactions sets the row aside",
            )


def takes_files_without_rows(trial: SourceTrial) -> None:
    """A file of a header alone gives no lines."""
    lines = trial.arrange({kind: table.iloc[:0] for kind, table in trial.copies().items()})
    if len(lines):
        raise ConformanceError("no lines", f"{len(lines)}", "build the lines of the rows only")


def _add_money(lines: pd.DataFrame) -> pd.DataFrame:
    """Add the money of each order."""
    sums = pd.DataFrame({"order_id": lines["order_id"].astype("str")})
    for name in _MONEY:
        if name in lines:
            sums[name] = np.nan_to_num(read_numbers(lines[name], ".")[0])
    return sums.groupby("order_id", dropna=False).sum().round(4).reset_index()


PROMISES = [
    has_a_name_that_can_be_typed,
    recognises_its_own_files,
    recognises_no_other_file,
    gives_each_row_once,
    gives_what_orders_need,
    reads_its_example,
    writes_into_no_table,
    row_order_says_nothing,
    answers_the_same_again,
    takes_cells_of_nonsense,
    takes_files_without_rows,
]
