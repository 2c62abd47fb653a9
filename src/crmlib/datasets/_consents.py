"""Synthetic consent events."""

from __future__ import annotations

import numpy as np
import pandas as pd

EMAIL, SMS, NIGHT, EVERYTHING = 0.86, 0.60, 0.18, 0.04
"""Shares of the customers who once agreed: to mail, to texts, at night, to all media."""

WITHDRAWN, AGREED_AGAIN = 0.07, 0.15
"""Shares of those who withdrew later, and of these who came back."""

COLUMNS = ("customer_id", "channel", "purpose", "granted", "at", "source", "wording")

_SECONDS_PER_DAY = 86_400
_STREAM = 2


def make_consents(
    profiles: pd.DataFrame, seed: int = 0, *, end_date: str = "2026-06-30"
) -> pd.DataFrame:
    """Make up consent events, withdrawals among them, for the people of *profiles*.

    Parameters
    ----------
    profiles : DataFrame of shape (n_customers, n_columns)
        ``customer_id``; with ``locale``, Koreans agree in Korean.
    seed : int, default=0
        Another seed, other consents.
    end_date : str, default="2026-06-30"
        Every event lies in the 900 days before the end of this day, in UTC.

    Returns
    -------
    DataFrame of shape (n_events, 7), in the order of time
        ``customer_id``, ``channel`` (``email``, ``sms`` or ``*``: all media),
        ``purpose`` (``advertising``, ``night``), ``granted`` (bool), ``at``
        (UTC), ``source``, ``wording``.  About 14 of 100 customers never
        agreed to mail; 7 of 100 withdrew, and some of these came back.

    Examples
    --------
    >>> import pandas as pd
    >>> consents = make_consents(pd.DataFrame({"customer_id": ["C1", "C2", "C3"]}), seed=2)
    >>> sorted(consents["purpose"].unique())
    ['advertising', 'night']
    """
    rng = np.random.default_rng([_STREAM, seed])
    n = len(profiles)
    locales = profiles["locale"] if "locale" in profiles else pd.Series([None] * n)
    korean = locales.astype("str").str.startswith("ko").fillna(value=False).to_numpy(dtype=bool)
    joined = rng.integers(120, 900, n) * _SECONDS_PER_DAY
    wishes = (
        ("email", "advertising", EMAIL, "광고성 이메일 수신 동의", "I agree to e-mail offers"),
        ("sms", "advertising", SMS, "광고성 문자 수신 동의", "I agree to text messages"),
        ("email", "night", NIGHT, "야간(21-08시) 수신 동의", "I agree to offers at night"),
        ("*", "advertising", EVERYTHING, "광고성 정보 수신 동의", "I agree to offers"),
    )
    events = []
    for channel, purpose, share, korean_words, english_words in wishes:
        wordings = np.where(korean, korean_words, english_words)
        who = np.flatnonzero(rng.random(n) < share)
        agreed = joined[who] - rng.integers(0, 3600, len(who))
        source = "shop counter" if channel == "*" else "sign-up form"
        left = who[rng.random(len(who)) < WITHDRAWN]
        gone = (joined[left] * rng.uniform(0.2, 0.8, len(left))).astype(np.int64)
        back = rng.random(len(left)) < AGREED_AGAIN
        refusals = np.where(korean, "수신 거부", "Please stop")
        for members, seconds_ago, granted, where, words in (
            (who, agreed, True, source, wordings),
            (left, gone, False, "my page", refusals),
            (left[back], gone[back] // 3, True, "my page", wordings),
        ):
            event = profiles[["customer_id"]].iloc[members].astype("str")
            events.append(
                event.assign(
                    channel=channel,
                    purpose=purpose,
                    granted=granted,
                    seconds_ago=seconds_ago,
                    source=where,
                    wording=words[members],
                )
            )
    table = pd.concat(events, ignore_index=True)
    end = pd.Timestamp(end_date, tz="UTC") + pd.Timedelta(days=1)
    table["at"] = (end - pd.to_timedelta(table.pop("seconds_ago"), unit="s")).dt.as_unit("us")
    texts = dict.fromkeys(("channel", "purpose", "source", "wording"), "str")
    table = table.astype(texts).sort_values(["at", "customer_id", "purpose"], ignore_index=True)
    return table[list(COLUMNS)]
