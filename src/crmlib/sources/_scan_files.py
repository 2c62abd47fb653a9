"""Order files as DuckDB reads them."""

# ruff: noqa: S608 -- what files hold stands in no query, and names are quoted
from __future__ import annotations

import glob
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import duckdb

from crmlib.exceptions import (
    InvalidParameterError,
    UnreadableFileError,
    UnsupportedFeatureError,
)
from crmlib.sources._scan_cells import TEXT, identifier, literal
from crmlib.sources._scan_text import look_through
from crmlib.sources._sheets import _find
from crmlib.sources._workbook import WORKBOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PARQUET = b"PAR1"
_NO_CELL = "\1\2"  # so that empty cells come as they are
_PROBLEM = "problem"


@attrs.frozen(kw_only=True)
class ScanFile:
    """An order file, and how DuckDB reads it.

    Parameters
    ----------
    name : str
        What to call it.
    path : str
        What DuckDB reads.
    n_rows : int
    headers : tuple of str
    columns : tuple of str
        SQL of the column under each header.
    kinds : tuple of str
        DuckDB type of each column.
    function : str
        Table function that reads such files.
    options : str
        Of that function.
    counted : bool
        Whether DuckDB knows the place of a row in its file.
    problem : str
        SQL that says why a row cannot be read.
    """

    name: str
    path: str
    n_rows: int
    headers: tuple[str, ...]
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    function: str
    options: str
    counted: bool
    problem: str


def find_files(
    files: Any,
    is_header: Callable[[Sequence[str]], bool],
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    encoding: str | None,
) -> list[ScanFile]:
    """Look at every file that *files* mean.

    Parameters
    ----------
    files : path, or list of them
        Files, folders, patterns.
    is_header : callable
        Tells whether the cells of a row are a header.
    connection : DuckDBPyConnection
        That reads Parquet.
    folder : Path
        Where text is written that has to be written anew.
    encoding : str, optional
        Of text.

    Raises
    ------
    InvalidParameterError
        If *files* are no paths.
    UnreadableFileError
        If a file is not there, empty or damaged.
    UnsupportedFeatureError
        If it is a workbook.
    """
    found = _find(files)
    paths = [path for path in found if isinstance(path, Path)]
    if not paths or len(paths) < len(found):
        raise InvalidParameterError("files", files, "paths of CSV or Parquet files")
    repeated = Counter(path.name for path in paths)
    looked_at = []
    for number, path in enumerate(paths):
        name = path.name if repeated[path.name] == 1 else str(path)
        start = _read_start(path)
        if start.startswith(WORKBOOKS):
            raise UnsupportedFeatureError(
                "scan_orders", f"workbooks ({name})", "crmlib.read_orders reads them"
            )
        if start == _PARQUET:
            looked_at.append(_look_at_parquet(path, name, connection))
        else:
            rewrite_to = folder / f"{number}.csv"
            looked_at.append(_look_at_text(path, name, is_header, encoding, rewrite_to))
    return looked_at


def _read_start(path: Path) -> bytes:
    """Give the first bytes of a file."""
    try:
        with path.open("rb") as file:
            return file.read(len(_PARQUET))
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise UnreadableFileError(str(path), problem, "give the path of one file") from error


def _look_at_parquet(path: Path, name: str, connection: duckdb.DuckDBPyConnection) -> ScanFile:
    """Read the schema of a Parquet file."""
    # DuckDB takes names for patterns: "orders[1]" would be the file "orders1".
    place = literal(glob.escape(str(path)))
    try:
        schema = connection.execute(f"DESCRIBE FROM read_parquet({place})").fetchall()
        (n_rows,) = connection.execute(
            f"SELECT num_rows::BIGINT FROM parquet_file_metadata({place})"
        ).fetchall()[0]
    except duckdb.Error as error:
        problem = str(error).splitlines()[0]
        raise UnreadableFileError(
            str(path), f"is no Parquet file that can be read ({problem})", "export it again"
        ) from error
    headers = tuple(column[0] for column in schema)
    return ScanFile(
        name=name,
        path=str(path),
        n_rows=n_rows,
        headers=headers,
        columns=tuple(map(identifier, headers)),
        kinds=tuple(column[1] for column in schema),
        function="read_parquet",
        options="file_row_number=true",
        counted=True,
        problem="NULL::VARCHAR",
    )


def _look_at_text(
    path: Path,
    name: str,
    is_header: Callable[[Sequence[str]], bool],
    encoding: str | None,
    rewrite_to: Path,
) -> ScanFile:
    """Make sure of a text file."""
    text = look_through(path, is_header, encoding=encoding, rewrite_to=rewrite_to)
    columns = [f"c{number}" for number in range(len(text.headers))]
    all_columns = [*columns, _PROBLEM] if text.rewritten else columns
    types = ", ".join(f"'{column}': 'VARCHAR'" for column in all_columns)
    # Where files end their lines is left to DuckDB: told wrongly, it gives no rows and no error.
    new_line = r"new_line='\n', " if text.rewritten else ""
    options = (
        f"auto_detect=false, header=false, skip={int(not text.rewritten)}, {new_line}"
        f"columns={{{types}}}, "
        f"delim={literal(text.delimiter)}, quote='\"', escape='\"', strict_mode=true, "
        f"nullstr={literal(_NO_CELL)}, compression='{'gzip' if text.compressed else 'none'}'"
    )
    return ScanFile(
        name=name,
        path=str(text.path),
        n_rows=text.n_rows,
        headers=text.headers,
        columns=tuple(columns),
        kinds=(TEXT,) * len(columns),
        function="read_csv",
        options=options,
        counted=False,
        problem=f"nullif({_PROBLEM}, '')" if text.rewritten else "NULL::VARCHAR",
    )
