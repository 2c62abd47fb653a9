"""Segments by a marketer's own conditions."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

import narwhals.stable.v2 as nw
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import Segmenter
from crmlib.segmenters._rule import Rule
from crmlib.segmenters._rule_columns import read_columns
from crmlib.segmenters._rule_logic import Axes, find_boxes, find_takers
from crmlib.segmenters._rule_reasons import explain_rules
from crmlib.segmenters._rules_file import read_rules_file

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from crmlib.features import EventMeasure


class RuleSegmenter(Segmenter):
    """Give each customer the name of the first rule that fits.

    Parameters
    ----------
    rules : sequence of Rule
        Tried in this order: the first whose conditions all hold wins.
    default : str, default="Others"
        The segment of those whom no rule fits.

    Attributes
    ----------
    rules_ : tuple of Rule
        The rules, each of which can be reached.
    segments_ : tuple of str
        The names in the order of the rules, then the default.

    Notes
    -----
    A value that is missing meets no condition, not even ``!=``, and no
    ``not`` of one: of somebody whose gender is unknown nobody knows that it
    is not female.

    Rules that compare measures of events read them from columns of the
    customers table; :func:`crmlib.features.add_event_columns` puts
    :attr:`measures` there.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame(
    ...     {"gender": ["female", "male", None], "orders": [4, 9, 1]},
    ...     index=pd.Index(["ann", "bob", "cho"], name="customer_id"),
    ... )
    >>> often = Rule("Women who buy often", [("gender", "==", "female"), ("orders", ">=", 3)])
    >>> segmenter = RuleSegmenter([often]).fit(customers)
    >>> segmenter.predict(customers)
    customer_id
    ann    Women who buy often
    bob                 Others
    cho                 Others
    Name: segment, dtype: str
    >>> segmenter.explain(customers, "bob")
    "bob: Others; no rule fits; not 'Women who buy often': gender is 'male' (needs == 'female')"
    """

    _parts: ClassVar[Mapping[str, Any]] = MappingProxyType({"rules": Rule})

    def __init__(self, rules: Sequence[Rule], default: str = "Others") -> None:
        self.rules = rules
        self.default = default

    @classmethod
    def from_toml(cls, path: str | os.PathLike[str]) -> Self:
        r"""Read rules from a TOML file, in the order in which they stand there.

        The file has ``default``, if it is not to be ``"Others"``, and a table
        ``[[rules]]`` for each rule, with ``name`` and ``where``, written as
        :class:`Rule` takes them.

        Parameters
        ----------
        path : path

        Returns
        -------
        RuleSegmenter
            Not fitted.

        Raises
        ------
        UnreadableFileError
            If there is no such file, or it is not in UTF-8.
        ConfigError
            If a key is unknown, missing, or has a value that it cannot have.
        InvalidParameterError
            If a rule can never be reached; see :meth:`check_rules`.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     file = Path(folder, "rules.toml")
        ...     _ = file.write_text('[[rules]]\nname = "단골"\nwhere = [["frequency", ">=", 5]]')
        ...     RuleSegmenter.from_toml(file).rules[0].name
        '단골'
        """
        segmenter = cls(**read_rules_file(path))
        segmenter.check_rules()
        return segmenter

    @property
    def measures(self) -> tuple[EventMeasure, ...]:
        """The measures of events that the rules compare, each once."""
        return tuple(dict.fromkeys(m for rule in self.rules for m in rule.measures))

    def check_rules(self) -> tuple[Rule, ...]:
        """Give the rules if each can be reached; :meth:`fit` looks, too.

        Columns are taken to be independent: that nobody has more orders in 30
        days than in 90 is not known here.

        Raises
        ------
        InvalidParameterError
            If *rules* are not rules, the default is blank, rules compare one
            column with values of several kinds, or a rule fits nobody whom
            those before it leave.
        """
        rules = tuple(self.rules) if isinstance(self.rules, list | tuple) else ()
        if not rules or not all(isinstance(rule, Rule) for rule in rules):
            raise InvalidParameterError("rules", self.rules, "one Rule or more")
        if not (isinstance(self.default, str) and self.default.strip()):
            raise InvalidParameterError("default", self.default, "a text that is not blank")
        axes = Axes((rule.name, rule.whole) for rule in rules)
        boxes = [find_boxes(rule.whole, axes) for rule in rules]
        for place, rule in enumerate(rules):
            if takers := find_takers(boxes[: place + 1], axes):
                who = " and ".join(repr(rules[taker].name) for taker in takers)
                take = "takes" if len(takers) == 1 else "together take"
                raise InvalidParameterError(
                    f"rule {rule.name!r}",
                    str(rule),
                    f"left out or moved up, as {who} before it {take} everybody whom it fits",
                )
        return rules

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- scikit-learn's habit
        """Check the rules, also against the columns of *customers*; nothing else is learned.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            With every column that a rule names or measures.
        y : None
            Ignored; there for scikit-learn.

        Returns
        -------
        RuleSegmenter
            The segmenter itself.

        Raises
        ------
        InvalidParameterError
            As in :meth:`check_rules`, or if a value cannot be compared with
            its column.
        MissingColumnsError
            If a rule names or measures a column that is not there.
        InvalidTableError
            If a customer has more than one row.
        """
        rules = self.check_rules()
        read_columns(rules, customers)
        self.rules_ = rules
        self.default_ = self.default
        self.segments_ = tuple(dict.fromkeys([*(rule.name for rule in rules), self.default]))
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Name the segment of each customer.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            As in :meth:`fit`; the customers need not be the same.

        Returns
        -------
        Series of str, shape (n_customers,), named ``"segment"``, indexed like *customers*

        Raises
        ------
        InvalidParameterError, MissingColumnsError, InvalidTableError
            As in :meth:`fit`.
        """
        check_is_fitted(self, "rules_")
        frame = nw.from_native(read_columns(self.rules_, customers), eager_only=True)
        names = frame.select(segment=self.expression())["segment"].to_list()
        return pd.Series(names, index=customers.index, name="segment", dtype=str)

    def expression(self) -> nw.Expr:
        """Give the rules as an expression over the columns that they compare.

        Returns
        -------
        narwhals.Expr
            Comparisons of columns with values, so it runs on any engine.
        """
        check_is_fitted(self, "rules_")
        named = nw.lit(self.default_)
        for rule in reversed(self.rules_):
            named = nw.when(rule.whole.expression()).then(nw.lit(rule.name)).otherwise(named)
        return named

    def _reasons(self, customer: pd.DataFrame) -> str:
        return explain_rules(self.rules_, read_columns(self.rules_, customer))
