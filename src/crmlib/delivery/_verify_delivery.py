"""Prove on this machine and store that nothing is sent twice or lost."""

from __future__ import annotations

from contextlib import closing
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import attrs
import pandas as pd
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from crmlib.delivery._verification import Setting, Sweep
from crmlib.delivery._verification_plan import RECIPIENTS
from crmlib.exceptions import InvalidParameterError, UnsupportedFeatureError

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmlib.delivery._verification import Verdict

_SETTINGS: Final = {
    "one sender": Setting(),
    "four senders": Setting(workers=4),
    "four, repeats dropped": Setting(workers=4, channel="keyed"),
    "replies lost, clock back": Setting(mailbox="mute", hours=(3, 0, 5)),
}
_COLUMNS: Final = (
    *("setting", "steps", "killed", "messages", "sent"),
    *("doubles", "lost", "unknown", "failed"),
)


def verify_delivery(
    url: str | None = None,
    *,
    every: int = 12,
    progress: Callable[[int, int], object] | None = None,
) -> pd.DataFrame:
    """Kill the sender at its steps, start it again, and count what arrived.

    :func:`deliver` runs in processes of its own on a new ledger, against a
    mail server on the loopback that counts what it gets.  It is killed
    (SIGKILL) at a statement that writes, at a commit, at the witness, at half
    of what goes on the wire; then it is started again until it is done.  The
    ledger of each run is made for it and removed.

    Parameters
    ----------
    url : str, optional
        The kind of store, and where.  Without it: SQLite in a temporary
        folder.  ``"sqlite:///crm.db"``: in a temporary folder beside that
        file, which is not opened.  ``"postgresql://…"``: in schemas made for
        it in that database; its other tables are not touched.
    every : int, default=12
        Kill at each so-manyth step, 1 or more; 1: at every step there is.
    progress : callable, optional
        Called with the number of runs that are done and of all.

    Returns
    -------
    DataFrame of shape (4, 9)
        A row for each ``setting`` (one sender; four at once; four, and a
        provider that drops what it has had; one, with a reply that gets lost
        and a clock that goes back between restarts): at how many different ``steps`` senders
        were killed, how often they were ``killed``, how many ``messages`` were
        to be sent and how many were ``sent``, recipients who got one twice
        (``doubles``) or none without a word (``lost``), messages that are
        flagged ``unknown``, sent or not, and runs that ``failed`` by
        themselves.

    Raises
    ------
    InvalidParameterError
        If *every* is not 1 or more, or *url* is no URL.
    UnsupportedFeatureError
        If *url* names another kind of database.
    LedgerUnavailableError
        If the server cannot be reached, or its user may make no schema.
    MissingExtraError
        If it names a server and ``crmlib[postgres]`` is not installed.
    """
    if every < 1:
        raise InvalidParameterError("every", every, "1 or more")
    folder, server = _find_room(url)
    store = "sqlite" if server is None else "postgres"
    with (
        TemporaryDirectory(dir=folder, prefix="crmlib-verify-") as place,
        closing(Sweep(Path(place), server)) as sweep,
    ):
        return _sweep_all(sweep, store, every, progress)


def _find_room(url: str | None) -> tuple[Path | None, str | None]:
    """Give the folder for files, None for any, and the URL of the database on a server."""
    if url is None:
        return None, None
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidParameterError("url", url, 'like "sqlite:///crm.db"') from error
    kind = parsed.drivername.partition("+")[0]
    if kind == "sqlite":
        return Path(parsed.database or ".").resolve().parent, None
    if kind in {"postgres", "postgresql"}:
        return None, parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    raise UnsupportedFeatureError(
        f"a ledger on {kind!r}", "be verified", "name an SQLite file or a PostgreSQL database"
    )


def _sweep_all(
    sweep: Sweep, store: str, every: int, progress: Callable[[int, int], object] | None
) -> pd.DataFrame:
    done = 0

    def advance(runs: int) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, max(done, runs * len(_SETTINGS)))

    rows = []
    for name, setting in _SETTINGS.items():
        verdicts = sweep.sweep(attrs.evolve(setting, store=store), every, advance)
        rows.append(_row(name, every, verdicts))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _row(name: str, every: int, verdicts: list[Verdict]) -> dict[str, object]:
    return {
        "setting": name,
        "steps": ceil(len(verdicts[0].steps) / every),
        "killed": sum(verdict.kills for verdict in verdicts),
        "messages": RECIPIENTS * len(verdicts),
        "sent": sum(verdict.received for verdict in verdicts),
        "doubles": sum(verdict.doubles for verdict in verdicts),
        "lost": sum(verdict.losses for verdict in verdicts),
        "unknown": sum(verdict.unknown for verdict in verdicts),
        "failed": sum(
            not verdict.is_clean or verdict.states.total() != RECIPIENTS for verdict in verdicts
        ),
    }
