"""What: the interface of message planners."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self

from sklearn.base import BaseEstimator

if TYPE_CHECKING:
    import pandas as pd


class MessagePlanner(BaseEstimator, ABC):
    """Write the message of each customer, and say why this one.

    Follows the habits of scikit-learn as :class:`Segmenter` does.
    """

    columns: ClassVar[tuple[str, ...]] = (
        *("template", "subject", "body", "html"),
        *("button_label", "button_url", "registered_code", "registered_variables"),
        *("why", "problem", "propensity"),
    )
    """The columns of what :meth:`plan` gives, in this order."""

    @property
    def verdict(self) -> str | None:
        """Whether choosing by customer pays, in a sentence; None where nothing is chosen."""
        return None

    @abstractmethod
    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:
        """Learn from *transactions*, a row per order line, what customers care about.

        Parameters
        ----------
        transactions : DataFrame of shape (n_lines, n_columns)
            The canonical table of :attr:`crmlib.tables.Orders.table`.
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        MessagePlanner
            The planner itself.
        """

    @abstractmethod
    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        """Write one message for each customer of *audience*.

        Parameters
        ----------
        audience : DataFrame of shape (n_customers, n_columns)
            One row per customer, indexed by ``customer_id``: ``segment``,
            ``locale``, the columns of the customers table and those of the
            profiles, whichever there are.
        medium : str
            What carries the message: ``"email"``, ``"sms"``, …

        Returns
        -------
        DataFrame of shape (n_customers, n_columns), indexed like *audience*
            The :attr:`columns`: ``template`` (its name), ``subject``,
            ``body``, ``html``, ``button_label``, ``button_url`` (text or
            None; a button has both), ``registered_code``,
            ``registered_variables`` (for a text that is registered with the
            provider, as alimtalk, both: its code, and a JSON object with the
            text that stands for each variable; else None), ``why`` (a
            sentence: why this message), ``problem`` (None, or a sentence: why
            there can be no message; the row is then held), ``propensity``
            (the probability with which this message was drawn for this
            customer, above 0; 1.0 where nothing was drawn).
        """

    def preview(self, audience: pd.DataFrame, *, medium: str, n: int = 5) -> str:
        """Show real messages to a person: one of each template before the second of any.

        Parameters
        ----------
        audience : DataFrame of shape (n_customers, n_columns)
            As for :meth:`plan`.
        medium : str
            What carries the message: ``"email"``, ``"sms"``, …
        n : int, default=5
            Most messages to show.

        Returns
        -------
        str
            The messages, and how many customers get none, for which reasons.
        """
        from crmlib.interfaces._message_preview import show_messages  # noqa: PLC0415 -- rarely needed

        return show_messages(self.plan(audience, medium=medium), n)
