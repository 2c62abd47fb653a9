"""Columns of order files that crmlib has no use for, and users do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidParameterError, MissingColumnsError
from crmlib.sources._generic_headers import CANONICAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmlib.sources._arrange import Batch
    from crmlib.sources._scan_files import ScanFile

_TAKEN = frozenset(
    {*CANONICAL, "source", "row", "problem", "aside", "aside_detail", "why_unknown"}
)


def check_kept(keep: Mapping[str, str], files: Sequence[Batch | ScanFile]) -> dict[str, str]:
    """Give a copy of *keep*, further column to header, or refuse it.

    Raises
    ------
    InvalidParameterError
        If a name is one of crmlib's own, or none that rules and templates can say.
    MissingColumnsError
        If no file has a header.
    """
    for name in keep:
        if not name.isidentifier() or name in _TAKEN:
            raise InvalidParameterError(
                "keep", name, "names of letters, digits and _ that crmlib does not use itself"
            )
    headers = [header for file in files for header in file.headers]
    if missing := [header for header in keep.values() if header not in headers]:
        names = ", ".join(file.name for file in files)
        there = list(dict.fromkeys(headers))
        raise MissingColumnsError(names, missing, there, "no file has what is to be kept")
    return dict(keep)
