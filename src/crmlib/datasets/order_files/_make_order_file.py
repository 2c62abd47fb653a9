"""One order file from one seed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from crmlib.datasets.order_files._buyers import draw_buyers
from crmlib.datasets.order_files._makers import MAKERS, Maker, find_maker
from crmlib.datasets.order_files._order_file import OrderFile
from crmlib.datasets.order_files._request import Layout, Request
from crmlib.datasets.order_files._sales import draw_sales
from crmlib.exceptions import InvalidParameterError, UnsupportedFeatureError

if TYPE_CHECKING:
    import os

    import numpy.typing as npt
    import pandas as pd

ENCODINGS = ("utf-8", "utf-8-sig", "cp949")

PEOPLE_PER_ORDER = 0.6

_STREAM = 4


def make_order_file(
    source: str,
    folder: str | os.PathLike[str],
    *,
    n_orders: int = 200,
    seed: int = 0,
    password: str | None = None,
    encoding: str | None = None,
    layout: Layout = "new",
) -> OrderFile:
    """Write an order file as a source writes it, with all its quirks, and tell the truth about it.

    Everybody in it is invented: mail addresses lie in ``example.com`` and its
    sisters, phone numbers in ranges that no operator assigns.

    Parameters
    ----------
    source : str
        One of :func:`list_order_files`.
    folder : path-like
        Made if need be; a file of the same name in it is replaced.
    n_orders : int, default=200
        1 or more.
    seed : int, default=0
        0 or more.  The same arguments always give the same bytes of text and
        the same cells of a workbook; encryption is salted.
    password : str, optional
        Encrypts the workbook; ``smartstore`` only.
    encoding : {"utf-8", "utf-8-sig", "cp949"}, optional
        Of ``cafe24``; by default UTF-8, as all other text files are.
    layout : {"new", "old"}, default="new"
        The old one of ``smartstore`` has notices above the header.  That of
        ``online-retail`` is the first data set (``InvoiceNo``, dates such as
        ``12/1/2010 8:26``, ids such as ``17850.0``), the new one its
        successor (``Invoice``, ISO dates).

    Returns
    -------
    OrderFile
        With the truth about each row.

    Raises
    ------
    UnknownNameError
        If nothing makes files of that source.
    InvalidParameterError
        If a number is out of range, or a choice not among those above.
    UnsupportedFeatureError
        If the files of that source have no password, encoding or old layout.
    MissingExtraError
        If it is a workbook and the extra ``excel`` is not installed.

    Notes
    -----
    How the rows add up, by source; :class:`OrderFile` explains the columns:

    - ``smartstore``: ``amount`` is the final total of the line.  Each bundle
      has one fee, which the file repeats on its lines.
    - ``coupang``: no delivery fees, no cancellations; ``product_id`` is the
      id of the page (노출상품ID).  Where the names are masked, ``person`` is
      known all the same.
    - ``cafe24``: ``amount`` is price times quantity less a tenth where the
      order has a coupon.  What was paid first is, once per order, the sum of
      the amounts and the fee; the coupon is of the order, the refund of the
      line.  A line not paid yet (N00) counts as sold.
    - ``shopify``: ``Refunded Amount`` is the sum of ``refunded`` over the
      lines of an order, except for cancelled orders; which line it was, only
      the truth knows.  ``order_id`` is the name (#1001).
    - ``woocommerce``: a row is an order.
    - ``amazon``: quantity and price of a cancelled row are gone.
    - ``square``: a row of the transactions is the sum of the rows of
      ``lines`` with its Transaction ID as ``order_id`` and, for the Event
      Type Refund, with the status ``returned``, else ``sold``: Net Sales is
      ``amount`` and Partial Refunds ``refunded``.
    - ``online-retail``: taking back is a row of its own, as in ``square``.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = make_order_file("cafe24", folder, n_orders=20, seed=1)
    >>> file.paths[0].name, file.currency, file.lines["order_id"].nunique()
    ('exampleshop_20260630_1.csv', 'KRW', 20)
    """
    maker = find_maker(source)
    if n_orders < 1:
        raise InvalidParameterError("n_orders", n_orders, "1 or more")
    check_seed(seed)
    check_options(source, password=password, encoding=encoding, layout=layout)
    rng = np.random.default_rng([_STREAM, seed, list(MAKERS).index(source)])
    people = draw_buyers(rng, max(1, round(n_orders * PEOPLE_PER_ORDER)), maker.country)
    buyers = rng.integers(0, len(people), n_orders)
    return write_sales(
        rng,
        source,
        people,
        buyers,
        Request(
            folder=Path(folder),
            zone=maker.zone,
            end_date=maker.end_date,
            password=password,
            encoding=encoding or "utf-8",
            layout=layout,
        ),
    )


def check_seed(seed: int) -> None:
    """Check that *seed* is one."""
    if seed < 0:
        raise InvalidParameterError("seed", seed, "0 or more")


def check_options(source: str, *, password: str | None, encoding: str | None, layout: str) -> None:
    """Check that files of *source* can be as they are wanted."""
    if layout not in get_args(Layout):
        raise InvalidParameterError("layout", layout, f"one of {list(get_args(Layout))}")
    if encoding is not None and encoding not in ENCODINGS:
        raise InvalidParameterError("encoding", encoding, f"one of {list(ENCODINGS)}")
    if password == "":
        raise InvalidParameterError("password", password, "a text of one character or more")
    wanted = {
        "password": (password is not None, "be encrypted"),
        "encoding": (encoding is not None, "be written in a chosen encoding"),
        "layout": (layout != "new", "have an old layout"),
    }
    for option, (is_wanted, feature) in wanted.items():
        if is_wanted and option not in MAKERS[source].options:
            able = [name for name, maker in MAKERS.items() if option in maker.options]
            raise UnsupportedFeatureError(
                f"a file of {source}", feature, f"leave out {option}, or make one of {able}"
            )


def write_sales(
    rng: np.random.Generator,
    source: str,
    people: pd.DataFrame,
    buyers: npt.NDArray[np.intp],
    request: Request,
) -> OrderFile:
    """Draw an order for each of *buyers* and write the file of a source."""
    maker: Maker = MAKERS[source]
    sales = draw_sales(
        rng,
        people,
        buyers,
        zone=maker.zone,
        end_date=request.end_date,
        cents=maker.currency != "KRW",
    )
    request.folder.mkdir(parents=True, exist_ok=True)
    paths, lines = maker.write(rng, sales, request)
    return OrderFile(
        source=source, paths=paths, lines=lines, timezone=maker.zone, currency=maker.currency
    )
