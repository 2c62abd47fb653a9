"""The order files of one shop that sells on several channels, from one seed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from crmlib.datasets.order_files._buyers import draw_buyers
from crmlib.datasets.order_files._make_order_file import check_options, check_seed, write_sales
from crmlib.datasets.order_files._makers import MAKERS, find_maker
from crmlib.datasets.order_files._request import Request
from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import numpy.typing as npt

    from crmlib.datasets.order_files._order_file import OrderFile

FURTHER_ORDERS = 1.2
"""Mean number of orders after the first, of each person on each channel."""

_STREAM = 5


def make_order_folder(
    folder: str | os.PathLike[str],
    *,
    sources: Sequence[str] = ("smartstore", "cafe24", "coupang", "shopify"),
    n_people: int = 300,
    seed: int = 0,
    password: str | None = None,
    overlap: float = 0.3,
) -> dict[str, OrderFile]:
    """Write the order files of one shop on several channels, some people buying on more than one.

    Each channel knows of a person what its files tell: a real phone number
    (``smartstore``, ``cafe24``), name and address (``smartstore``,
    ``coupang``, ``shopify``), an e-mail address (``shopify``), each as it was
    typed there.  ``person`` in the truths is the same for the same person.

    Parameters
    ----------
    folder : path-like
        Made if need be; files of the same names in it are replaced.
    sources : sequence of str
        Of those that sell in won: ``smartstore``, ``coupang``, ``cafe24``
        and ``shopify``; each once.
    n_people : int, default=300
        1 or more; each buys at least once.
    seed : int, default=0
        0 or more.  The same arguments always give the same files.
    password : str, optional
        Encrypts the workbook of ``smartstore``.
    overlap : float, default=0.3
        Probability, from 0 to 1, that a person buys on a second channel, and
        again on each further one.

    Returns
    -------
    dict of str to OrderFile
        By source; a channel on which nobody buys, as may be with few people,
        has no file.

    Raises
    ------
    UnknownNameError
        If nothing makes files of a source.
    InvalidParameterError
        If a number is out of range, a source comes twice, there is none, or
        one does not sell in won.
    UnsupportedFeatureError
        If there is a password and ``smartstore`` is not among the sources.
    MissingExtraError
        If there is a workbook and the extra ``excel`` is not installed.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     files = make_order_folder(folder, sources=["cafe24", "shopify"], n_people=50)
    >>> people = [set(file.lines["person"]) for file in files.values()]
    >>> len(people[0] | people[1])
    50
    """
    _check(sources, n_people, overlap, password)
    check_seed(seed)
    rng = np.random.default_rng([_STREAM, seed])
    people = draw_buyers(rng, n_people, "KR")
    buys = _draw_channels(rng, n_people, len(sources), overlap)
    files = {}
    for place, source in enumerate(sources):
        here = np.flatnonzero(buys[:, place])
        if not len(here):
            continue
        buyers = rng.permutation(np.repeat(here, 1 + rng.poisson(FURTHER_ORDERS, len(here))))
        maker = MAKERS[source]
        request = Request(
            folder=Path(folder),
            zone=maker.zone,
            end_date=maker.end_date,
            password=password if "password" in maker.options else None,
        )
        files[source] = write_sales(rng, source, people, buyers, request)
    return files


def _check(sources: Sequence[str], n_people: int, overlap: float, password: str | None) -> None:
    for source in sources:
        find_maker(source)
    in_won = [source for source, maker in MAKERS.items() if maker.currency == "KRW"]
    if not sources or len(set(sources)) < len(sources) or not set(sources) <= set(in_won):
        raise InvalidParameterError("sources", list(sources), f"some of {in_won}, each once")
    if n_people < 1:
        raise InvalidParameterError("n_people", n_people, "1 or more")
    if not 0 <= overlap <= 1:
        raise InvalidParameterError("overlap", overlap, "from 0 to 1")
    able = [source for source in sources if "password" in MAKERS[source].options]
    check_options(able[0] if able else sources[0], password=password, encoding=None, layout="new")


def _draw_channels(
    rng: np.random.Generator, n_people: int, n_channels: int, overlap: float
) -> npt.NDArray[np.bool_]:
    """Draw on which channels each person buys: one, and each further one with luck."""
    ranks = rng.permuted(np.tile(np.arange(n_channels), (n_people, 1)), axis=1)
    further = (rng.random((n_people, n_channels - 1)) < overlap).cumprod(axis=1).sum(axis=1)
    buys: npt.NDArray[np.bool_] = ranks <= further[:, None]
    return buys
