"""Synthetic accounts of people who buy in several places, and who is who."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import pandas as pd


@attrs.frozen(kw_only=True, eq=False)
class Accounts:
    """What shops know of their customers, and the truth about it.

    Parameters
    ----------
    contacts : DataFrame of shape (n_contacts, 12)
        A row per set of contact data, as it was typed: ``customer_id``,
        ``sales_channel``, ``account_id``, ``name``, ``email``, ``phone``,
        ``postal_code``, ``address``, ``gender``, ``birth_date`` (text),
        ``first_seen_at`` and ``last_seen_at`` (UTC).
    truth : DataFrame of shape (n_accounts, 4)
        A row per account: ``sales_channel``, ``customer_id``, ``person`` (a
        number) and ``evidence``, a number that accounts of one person share
        if they were opened with the same phone number, e-mail address, login,
        or name and home, directly or through a third account of the person.
        It counts what was meant: typing errors are the linker's business.
    """

    contacts: pd.DataFrame = attrs.field(repr=False)
    truth: pd.DataFrame = attrs.field(repr=False)
