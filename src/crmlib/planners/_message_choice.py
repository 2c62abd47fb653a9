"""Drawing a message for each customer, and saying with which probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmlib.statistics import hashed_uniforms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.intp]


@attrs.frozen(kw_only=True, eq=False)
class MessageChoice:
    """Which message each customer drew.

    Parameters
    ----------
    chosen : ndarray of int, shape (n_customers,)
        Number of the message; the one after the last stands for none.
    propensity : ndarray of float, shape (n_customers,)
        The probability with which it was drawn, among those who get one; 1.0
        for those who get none.
    why : list of str
        A sentence for each.
    """

    chosen: Integers
    propensity: Floats
    why: list[str]


def draw_messages(
    ids: pd.Index,
    probabilities: Floats,
    *,
    exploration: float,
    salt: str,
    names: Sequence[str],
    reasons: Callable[[Integers], list[str]],
) -> MessageChoice:
    """Draw by hashes of the ids: first whether, then which message.

    Of those who get one, the share *exploration* draws from all messages
    alike.  The probability of a message is thus exactly ``(1 - exploration) p
    + exploration / n``, with p that of the policy for those who get one.
    """
    salted = {use: hashed_uniforms(map(str, ids), f"{salt} {use}") for use in ("who", "try", "?")}
    n_messages = probabilities.shape[1] - 1
    contact = 1 - probabilities[:, -1]
    sent = salted["who"] < contact
    given = np.full((len(ids), n_messages), 1 / n_messages)
    np.divide(probabilities[:, :-1], contact[:, None], out=given, where=contact[:, None] > 0)
    given /= given.sum(axis=1, keepdims=True)
    tries = sent & (salted["try"] < exploration)
    even = np.full(n_messages, 1 / n_messages)
    drawn_from = np.where(tries[:, None], even, given)
    edges = np.cumsum(drawn_from, axis=1)
    # times the sum that rounding left, so that none of probability 0 is drawn
    chosen = (salted["?"][:, None] * edges[:, -1:] >= edges).sum(axis=1)
    rows = np.arange(len(ids))
    propensity = (1 - exploration) * given[rows, chosen] + exploration / n_messages
    chosen = np.where(sent, chosen, n_messages)
    why = [
        f"{names[number]!r} is tried, as a share of {exploration:.0%} is to go on learning"
        if tried
        else _sentence(names[number], number == n_messages, chance, reason)
        for number, tried, chance, reason in zip(
            chosen.tolist(), tries.tolist(), propensity.tolist(), reasons(chosen), strict=True
        )
    ]
    return MessageChoice(
        chosen=chosen.astype(np.intp), propensity=np.where(sent, propensity, 1.0), why=why
    )


def _sentence(name: str, nothing: bool, chance: float, reason: str) -> str:
    if nothing:
        return f"no message is the choice here: {reason}"
    return f"{name!r} was drawn with probability {chance:.2f}: {reason}"
