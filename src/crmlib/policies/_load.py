"""Policies from files: crmlib's own and yours."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.exceptions import InvalidParameterError, UnknownNameError, UnreadableFileError
from crmlib.policies._policy import Policy
from crmlib.policies._reading import read_jurisdiction

if TYPE_CHECKING:
    import os
    from importlib.resources.abc import Traversable

    from crmlib.policies._jurisdiction import Jurisdiction


def list_jurisdictions() -> list[str]:
    """Name the jurisdictions that crmlib knows.

    Examples
    --------
    >>> list_jurisdictions()
    ['AU', 'CA', 'EU', 'JP', 'KR', 'SG', 'UK', 'US']
    """
    return sorted(entry.name.removesuffix(".toml").upper() for entry in _own_files().iterdir())


def load(*jurisdictions: str | os.PathLike[str]) -> Policy:
    """Load the rules of *jurisdictions*, all of which will hold.

    Parameters
    ----------
    *jurisdictions : str or path
        Names that :func:`list_jurisdictions` gives, and paths of files of
        your own (a string is a path if it ends in ``.toml``).  To put a file
        in the place of crmlib's, name only yours.

    Returns
    -------
    Policy

    Raises
    ------
    InvalidParameterError
        If none is named.
    UnknownNameError
        If crmlib knows no such jurisdiction.
    UnreadableFileError
        If a file is missing or is no TOML.
    ConfigError
        If a file says what no policy can say.

    Examples
    --------
    >>> load("KR", "EU").jurisdictions
    ('KR', 'EU')
    """
    if not jurisdictions:
        expected = f"one or more of {list_jurisdictions()}, or paths of TOML files"
        raise InvalidParameterError("jurisdictions", (), expected)
    parts = (_load_one(name) for name in jurisdictions)
    return Policy(parts=tuple(dict.fromkeys(parts)))


def _load_one(name: str | os.PathLike[str]) -> Jurisdiction:
    if not isinstance(name, str) or name.endswith(".toml"):
        return _read(Path(name), str(name))
    known = list_jurisdictions()
    if name not in known:
        raise UnknownNameError("jurisdiction", name, known)
    return _read(_own_files() / f"{name.lower()}.toml", f"policies/data/{name.lower()}.toml")


def _read(file: Traversable, shown: str) -> Jurisdiction:
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFileError(
            shown, f"cannot be opened ({error.strerror})", "name a policy file in TOML"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnreadableFileError(shown, f"is no TOML ({error})", "repair that line") from error
    return read_jurisdiction(shown, given)


def _own_files() -> Traversable:
    return files("crmlib.policies") / "data"
