"""``crmlib datasets``: order files of people who do not exist, to try things on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from crmlib.cli._output import AsJson, print_json, progress, say, show_table
from crmlib.cli._passwords import PasswordEnv, read_password
from crmlib.datasets import OrderFile, list_order_files, make_order_file, make_order_folder
from crmlib.exceptions import InvalidParameterError, UnknownNameError

FOLDER = "folder"
"""What one asks for instead of a source: one shop on several channels."""

datasets = typer.Typer(
    help="Make up order files, as each source writes them, to try things on.",
    no_args_is_help=True,
)


@datasets.command("list")
def list_sources(as_json: AsJson = False) -> None:
    """List the sources whose order files can be made up."""
    if as_json:
        print_json(list_order_files())
        return
    for source in list_order_files():
        say(source)


@datasets.command()
def make(
    source: Annotated[
        str,
        typer.Argument(help="A source, see crmlib datasets list; or folder: several channels."),
    ],
    out: Annotated[Path, typer.Option(help="Folder to write into; made if need be.")],
    orders: Annotated[
        int | None, typer.Option(min=1, help="Orders of the file (default: 200).")
    ] = None,
    people: Annotated[
        int | None, typer.Option(min=1, help="People, for a folder (default: 300).")
    ] = None,
    overlap: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Share who buy on a second channel, for a folder (default: 0.3)."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other people.")] = 0,
    password_env: PasswordEnv = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of a Cafe24 file: utf-8, utf-8-sig or cp949.")
    ] = None,
    old_layout: Annotated[
        bool, typer.Option("--old-layout", help="As SmartStore or UCI wrote it in the past.")
    ] = False,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="CSV of what is true of each row (default: none; OUT/truth.csv for a folder)."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the order file of a source with all its quirks; everybody in it is invented.

    A folder holds the files of one shop on SmartStore, Cafe24, Coupang and
    Shopify, in OUT/orders; who bought where is in OUT/truth.csv.
    """
    password = read_password(password_env)
    if source == FOLDER:
        _refuse(source, {"--orders": orders, "--encoding": encoding, "--old-layout": old_layout})
        with progress("making the files"):
            files = list(
                make_order_folder(
                    out / "orders",
                    n_people=300 if people is None else people,
                    seed=seed,
                    password=password,
                    overlap=0.3 if overlap is None else overlap,
                ).values()
            )
        truth = truth or out / "truth.csv"
    elif source in list_order_files():
        _refuse(source, {"--people": people, "--overlap": overlap})
        with progress("making the file"):
            file = make_order_file(
                source,
                out,
                n_orders=200 if orders is None else orders,
                seed=seed,
                password=password,
                encoding=encoding,
                layout="old" if old_layout else "new",
            )
        files = [file]
    else:
        raise UnknownNameError("order file", source, [*list_order_files(), FOLDER])
    if truth is not None:
        _truth(files).to_csv(truth, index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    written = [path for file in files for path in file.paths] + ([truth] if truth else [])
    described = [_describe(file) for file in files]
    if as_json:
        print_json({"files": described, "truth": truth})
        return
    show_table(pd.DataFrame(described).drop(columns="paths"))
    for path in written:
        say(f"Written: {path}")


def _refuse(source: str, options: dict[str, object]) -> None:
    """Refuse options that mean nothing for *source*."""
    for name, value in options.items():
        if value is not None and value is not False:
            raise InvalidParameterError(name, value, f"left out where {source} is made")


def _describe(file: OrderFile) -> dict[str, object]:
    return {
        "source": file.source,
        "rows": len(file.lines),
        "orders": file.lines["order_id"].nunique(),
        "people": file.lines["person"].nunique(),
        "timezone": file.timezone,
        "currency": file.currency,
        "paths": [str(path) for path in file.paths],
    }


def _truth(files: list[OrderFile]) -> pd.DataFrame:
    """Give the truth about all rows, with the file that each stands in."""
    parts = []
    for file in files:
        lines = file.lines.copy()
        lines.insert(0, "source", file.source)
        lines.insert(1, "file", file.paths[-1].name)  # for Square the items, which come last
        parts.append(lines)
    return pd.concat(parts, ignore_index=True)
