"""The plan: what a person reads and approves before anything leaves."""

from __future__ import annotations

from bisect import bisect_left
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import attrs
import numpy as np

from crmlib.campaigns._plan_explanation import explain_row
from crmlib.campaigns._plan_file import digest_of, read_plan, write_plan
from crmlib.campaigns._plan_shape import plan_header, plan_table
from crmlib.campaigns._registered import read_registered
from crmlib.durability import write_durably
from crmlib.exceptions import (
    CRMLibError,
    InvalidParameterError,
    PlanAlteredError,
    UnknownNameError,
)
from crmlib.messages import Button, Decision, Message, Purpose, Recipient, Sender

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from crmlib.policies import Policy


@attrs.frozen(kw_only=True, eq=False)
class Plan:
    """Who gets what, when and how, and who does not, and why: one row each.

    A plan is made by :meth:`crmlib.campaigns.Campaign.plan`, read by a person,
    approved by its :attr:`digest` and then delivered as it is.  It holds
    addresses and texts: keep the file as you keep the customer list.

    Parameters
    ----------
    header : dict
        Plain JSON: ``format``, ``campaign``, ``created_at``, ``purpose``,
        ``policy``, ``sender``, ``channels``, ``holdout`` (``share`` from 0 to
        0.9, ``salt``) and ``not_after``; where messages are chosen, what the
        planner found of that as ``verdict``; plans of a campaign also have
        their ``limits`` and the certificate of their moments as ``schedule``.
    table : DataFrame of shape (n_customers, 27), indexed by customer_id
        One row for everybody looked at, sorted by id.  ``decision`` is
        ``send``, ``hold-out`` or ``held``; ``reason`` and ``detail`` say why.
        ``propensity`` is the probability with which the planner drew the
        message, NaN where there is none.  ``send_at`` and ``not_after`` are
        instants in UTC.  Texts are str or None; ``message`` is the body as it
        will be received; a button has both ``button_label`` and
        ``button_url``, a text that the provider knows ``registered_code`` and
        ``registered_variables``, a JSON object.  Hold-out rows hold what they
        would have got; held rows hold neither address nor text.

    Raises
    ------
    InvalidParameterError
        If a key of the header is missing, or is no JSON.
    MissingColumnsError, InvalidTableError
        If the table is no table of a plan.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.campaigns import PLAN_COLUMNS, Plan
    >>> row = dict.fromkeys(PLAN_COLUMNS) | {
    ...     "segment": "At Risk", "decision": "held", "reason": "NO_CONSENT",
    ...     "detail": "no consent to advertising by email", "night_consent": False,
    ...     "why_who": "segment At Risk",
    ... }
    >>> header = {
    ...     "format": "crmlib.plan/1", "campaign": "winback", "purpose": "advertising",
    ...     "created_at": "2011-12-10T00:00:00Z", "not_after": "2011-12-17T00:00:00Z",
    ...     "policy": {}, "sender": None, "channels": ["smtp"],
    ...     "holdout": {"share": 0.1, "salt": "winback"},
    ... }
    >>> plan = Plan(header=header, table=pd.DataFrame([row], index=["C1"]))
    >>> print(plan.explain("C1"))
    C1 gets nothing: no consent to advertising by email (NO_CONSENT).
    Who: segment At Risk.
    >>> len(plan.digest)
    64
    """

    _header: dict[str, Any] = attrs.field(alias="header", converter=plan_header)
    _table: pd.DataFrame = attrs.field(alias="table", converter=plan_table, repr=False)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Give the plan that :meth:`save` wrote to *path*.

        Raises
        ------
        PlanAlteredError
            If the file is no plan, is cut short, or is not what was saved.
        UnreadableFileError
            If there is no such file, or it may not be read.
        """
        header, table = read_plan(Path(path))
        try:
            return cls(header=header, table=table)
        except CRMLibError as error:
            raise PlanAlteredError(str(path), str(error)) from error

    def save(self, path: str | PathLike[str]) -> None:
        """Write the plan to *path*: wholly and durably, or not at all.

        The file can be read by its owner only, since it holds addresses.

        Raises
        ------
        OSError
            If the folder is missing or the disk is full; an earlier file at
            *path* is as it was.
        InvalidTableError
            If a text of the plan is no Unicode.
        """
        write_plan(Path(path), self._header, self._table)

    @property
    def header(self) -> dict[str, Any]:
        """A copy: a plan that was made stays as it is."""
        return deepcopy(self._header)

    @property
    def table(self) -> pd.DataFrame:
        """A copy: a plan that was made stays as it is, and so do digest and messages.

        To change a plan, make another: ``attrs.evolve(plan, table=changed)``.
        """
        # pandas copies the values at the first write, so this costs next to nothing
        return self._table.copy(deep=False)

    @property
    def campaign(self) -> str:
        """Name of the campaign."""
        return str(self._header["campaign"])

    @cached_property
    def digest(self) -> str:
        """SHA-256 over header and rows, in hex: what an approval signs."""
        return digest_of(self._header, self._table)

    @property
    def policy(self) -> Policy:
        """The rules that the plan was made under."""
        from crmlib.policies import Policy  # noqa: PLC0415 -- loads citations, rarely needed

        return Policy.from_dict(self._header["policy"])

    @property
    def verdict(self) -> str | None:
        """Whether choosing the message by customer pays; None where none is chosen."""
        verdict: str | None = self._header.get("verdict")
        return verdict

    def counts(self) -> pd.DataFrame:
        """Count the customers by decision and reason.

        Returns
        -------
        DataFrame of shape (n_reasons, 3)
            ``decision``, ``reason``, ``customers``: sent first, then held
            out, then held, the most frequent reason first.
        """
        counted = (
            self._table.groupby(["decision", "reason"], dropna=False)
            .size()
            .rename("customers")
            .reset_index()
        )
        order = {decision.value: place for place, decision in enumerate(Decision)}
        counted["place"] = counted["decision"].map(order)
        counted = counted.sort_values(
            ["place", "customers", "reason"], ascending=[True, False, True], ignore_index=True
        )
        return counted[["decision", "reason", "customers"]]

    def explain(self, customer_id: str) -> str:
        """Say why *customer_id* gets this text at this minute, or gets nothing.

        Returns
        -------
        str
            One sentence per line.

        Raises
        ------
        UnknownNameError
            If the plan did not look at that customer; the ids next to it in
            the order are listed.
        """
        if customer_id not in self._table.index:
            near = self._near(customer_id)
            raise UnknownNameError(
                "customer in this plan", customer_id, near, "next to it in the order are"
            )
        row = self._table.loc[[customer_id]].iloc[0]
        return explain_row(customer_id, row, self.verdict)

    def message(self, message_key: str) -> Message:
        """Give the message of *message_key*, ready to be handed to a channel.

        Raises
        ------
        InvalidParameterError
            If no row to send or hold out has that key.
        """
        place = self._places.get(message_key)
        if place is None:
            raise InvalidParameterError(
                "message_key", message_key, f"one of the plan {self.campaign!r}"
            )
        columns = self._message_columns
        label = columns["button_label"][place]
        return Message(
            key=message_key,
            recipient=Recipient(
                customer_id=columns["customer_id"][place],
                address=columns["address"][place],
                name=columns["name"][place],
            ),
            sender=self._sender,
            purpose=Purpose(self._header["purpose"]),
            body=columns["message"][place],
            subject=columns["subject"][place],
            html=columns["html"][place],
            opt_out_url=columns["opt_out_url"][place],
            button=label and Button(label=label, url=columns["button_url"][place]),
            registered_template=read_registered(
                columns["registered_code"][place], columns["registered_variables"][place]
            ),
        )

    def preview_html(self, n: int = 12) -> str:
        """Give one self-contained HTML page: the funnel, and *n* messages as they will look.

        Parameters
        ----------
        n : int, default=12
            Most messages to show; every segment, template, channel and
            locale is shown before any is shown twice.
        """
        from crmlib.campaigns._preview import render_preview  # noqa: PLC0415 -- loads Jinja2

        return render_preview(self, n)

    def save_preview(self, path: str | PathLike[str], n: int = 12) -> None:
        """Write :meth:`preview_html` to *path*, as :meth:`save` writes the plan.

        It shows names and texts, so it too can be read by its owner only.

        Raises
        ------
        OSError
            If the folder is missing or the disk is full; an earlier file at
            *path* is as it was.
        """
        page = self.preview_html(n).encode()
        with write_durably(Path(path)) as file:
            file.write(page)

    @cached_property
    def _places(self) -> dict[str, int]:
        planned = np.flatnonzero((self._table["decision"] != Decision.HELD).to_numpy())
        keys = self._table["message_key"].to_numpy()[planned]
        return dict(zip(keys.tolist(), planned.tolist(), strict=True))

    @cached_property
    def _message_columns(self) -> dict[str, Any]:
        wanted = (
            *("address", "name", "message", "subject", "html"),
            *("button_label", "button_url", "opt_out_url"),
            *("registered_code", "registered_variables"),
        )
        columns = {column: self._table[column].to_numpy() for column in wanted}
        return {"customer_id": self._table.index.to_numpy(), **columns}

    @cached_property
    def _sender(self) -> Sender:
        return Sender(**self._header["sender"])

    def _near(self, customer_id: str) -> list[str]:
        place = bisect_left(self._table.index, customer_id)
        return list(self._table.index[max(0, place - 2) : place + 3])
