"""Options of commands that read order files, and the reading."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from crmlib.cli._passwords import read_password
from crmlib.exceptions import InvalidParameterError
from crmlib.sources import read_orders

if TYPE_CHECKING:
    from crmlib.tables import Orders

OrderPaths = Annotated[
    list[str],
    typer.Argument(
        help="Order files: CSV (.gz), Parquet or Excel; a folder of them, or a pattern."
    ),
]

Source = Annotated[
    str | None,
    typer.Option(help="Where the files come from (default: recognised by their headers)."),
]

Columns = Annotated[
    list[str] | None,
    typer.Option(help="NAME=HEADER: which header holds a canonical column; repeatable."),
]

Keep = Annotated[
    list[str] | None,
    typer.Option(
        help="NAME=HEADER: a further column, for rules, as in country=Country; repeatable."
    ),
]

Mapping = Annotated[
    Path | None, typer.Option(help="What the headers mean, as crmlib map saved it.")
]

Currency = Annotated[
    str | None,
    typer.Option(help="Set lines in another currency aside (default: that of most lines)."),
]


def read_given_orders(
    orders: list[str],
    *,
    source: str | None,
    column: list[str] | None,
    mapping: Path | None,
    timezone: str | None,
    currency: str | None,
    password_env: str | None,
    keep: list[str] | None,
    unknown_customers: Literal["set-aside", "keep"] = "set-aside",
) -> Orders:
    """Read the order files as the options of a command say."""
    if mapping is not None and column:
        raise InvalidParameterError(
            "--column", column[0], "left out beside --mapping: write it into that file"
        )
    return read_orders(
        orders,
        source=source,
        columns=mapping or pairs(column),
        timezone=timezone,
        currency=currency,
        password=read_password(password_env),
        keep=pairs(keep, "--keep"),
        unknown_customers=unknown_customers,
    )


def spare_inputs(orders: list[str], targets: dict[str, Path | None]) -> None:
    """Refuse to write over the order files, among those of a folder, or two tables into one."""
    taken = {
        Path(path).resolve()
        for given in orders
        for path in (given, *glob.glob(given, recursive=True))  # noqa: PTH207 -- absolute patterns, too
    }
    for option, path in targets.items():
        if path is None:
            continue
        place = path.resolve()
        if place in taken or place.parent in taken:
            raise InvalidParameterError(
                option, str(path), "a file apart from the order files and their folders"
            )
        taken.add(place)


def pairs(given: list[str] | None, option: str = "--column") -> dict[str, str] | None:
    """Give the headers that *option* names, by column."""
    for pair in given or ():
        if "=" not in pair:
            raise InvalidParameterError(option, pair, "NAME=HEADER, as in customer_id=Buyer")
    return dict(pair.split("=", 1) for pair in given or ()) or None
