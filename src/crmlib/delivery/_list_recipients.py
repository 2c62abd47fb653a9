"""Who got a campaign, and who did not."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pandas as pd

from crmlib.delivery._delivery_state import DeliveryState
from crmlib.delivery._reading import find_campaign, read_deliveries
from crmlib.exceptions import InvalidParameterError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from crmlib.delivery._ledger import Ledger

GOT_IT: Final[Mapping[str, str]] = MappingProxyType(
    {
        str(DeliveryState.ACCEPTED): "yes",
        str(DeliveryState.UNKNOWN): "not known",
        str(DeliveryState.CLAIMED): "not known",
        str(DeliveryState.PLANNED): "not yet",
        str(DeliveryState.REJECTED): "no",
        str(DeliveryState.EXPIRED): "no",
        str(DeliveryState.BLOCKED): "no",
        str(DeliveryState.DEAD): "no",
    }
)
"""What a state says of who got the message."""


def list_recipients(
    ledger: Ledger, campaign: str, *, states: Collection[str] | None = None
) -> pd.DataFrame:
    """List who got *campaign*, who did not, and of whom that is not known.

    ``yes`` means that the provider has taken the message, not that it was read.
    :func:`stream_recipients` gives the same in pieces.

    Parameters
    ----------
    ledger : Ledger
    campaign : str
    states : collection of str, optional
        Only messages in these :class:`DeliveryState`.

    Returns
    -------
    DataFrame of shape (n_messages, 13)
        ``got_it`` (``yes``, ``no``, ``not yet`` or ``not known``) before the
        columns of :meth:`Ledger.deliveries`.

    Raises
    ------
    UnknownNameError
        If there is no such campaign.
    InvalidParameterError
        If a state is none.
    """
    return pd.concat(stream_recipients(ledger, campaign, states=states), ignore_index=True)


def stream_recipients(
    ledger: Ledger, campaign: str, *, states: Collection[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Give what :func:`list_recipients` gives, in pieces of 10,000 rows, read when asked for.

    However many there are, memory holds one piece; all show one state of the
    ledger, which is read until the last piece was asked for.

    Parameters
    ----------
    ledger : Ledger
    campaign : str
    states : collection of str, optional
        Only messages in these :class:`DeliveryState`.

    Returns
    -------
    iterator of DataFrame
        At least one piece, of no rows where there are none.

    Raises
    ------
    UnknownNameError
        If there is no such campaign.
    InvalidParameterError
        If a state is none.
    """
    wanted = None
    if states is not None:
        strange = [state for state in states if state not in GOT_IT]
        if isinstance(states, str) or strange:
            raise InvalidParameterError("states", states, f"a list of some of {list(GOT_IT)}")
        wanted = [str(state) for state in states]
    pages = read_deliveries(ledger.store, find_campaign(ledger.store, campaign), wanted)
    return map(_add_got_it, pages)


def _add_got_it(found: pd.DataFrame) -> pd.DataFrame:
    found.insert(0, "got_it", found["state"].map(dict(GOT_IT)))
    return found
