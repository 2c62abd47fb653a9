"""What each customer cares about, in a message that says why."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import MessagePlanner
from crmlib.planners._interest_messages import write_interest_messages
from crmlib.planners._interest_model import InterestModel, check_weights, fit_interests
from crmlib.planners._product_shelf import check_catalogue
from crmlib.planners._suggestion_scores import REASONS
from crmlib.planners._suggestion_table import write_suggestions
from crmlib.planners._template_planner import TemplatePlanner
from crmlib.tables import check_aware, get_zone, local_days

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from crmlib.planners._jinja_template import JinjaTemplate
    from crmlib.planners._template import Template


class InterestPlanner(MessagePlanner):
    """Suggest products to each customer, and write the message that fits the reason.

    The score of a product is a blend of four signals: how likely it is in the
    customer's next basket by its own history (decayed), how well it goes with
    what the customer bought (EASE [1]_), how new it is in categories that the
    customer likes, and how popular it is now.  Each suggestion has one of five
    reasons:

    - ``"repeat"``: bought before;
    - ``"complement"``: goes with a purchase, and lies in a category that
      complements that purchase's (without categories: in any);
    - ``"liked"``: goes with purchases, of no complementary category;
    - ``"new"``: just came in a category that the customer likes;
    - ``"popular"``: many buy it now.

    Parameters
    ----------
    templates : mapping of key to Template or JinjaTemplate, optional
        By reason, or (reason, locale) and so on, as :class:`TemplatePlanner`
        takes them by segment; ``"default"`` stands for every reason.  Without a default
        only reasons that have a template are looked at.  Needed by
        :meth:`plan` alone.
    catalogue : DataFrame of shape (n_products, n_columns), optional
        What can be sold: ``product_id`` and, where known, ``product_name``,
        ``category``, ``unit_price``, ``available_from`` (date) and
        ``in_stock`` (bool).  Nothing else is suggested then.  Without it
        everything ever sold is, and nothing is new.
    complements : mapping of str to str or list of str, optional
        Which categories complement a category, such as ``{"tops":
        "bottoms"}``.  By default learned from baskets.
    exclude : collection of product ids, default=()
        Never suggested.
    repeats : bool, default=True
        Whether what a customer bought may be suggested again.
    weights : mapping of str to float, optional
        Of ``"repeat"``, ``"together"``, ``"new"`` and ``"popular"``, 0 or
        more; by default 1, 0.4, 0.1 and 0.1.
    half_life_days : float, default=180
        After so many days a purchase counts half.
    ridge : float, default=100
        λ of EASE.
    max_products : int, default=5000
        Of more products than that only those take part that most customers bought.
    timezone : str, default="UTC"
        IANA zone that tells the days; what a customer buys on one day is one
        basket.

    Attributes
    ----------
    customer_ids_ : Index of shape (n_customers,)
        The customers seen by ``fit``, sorted.
    products_ : DataFrame of shape (n_products, 5), indexed by product_id
        ``product_name``, ``category``, ``unit_price``, ``available_from``
        (local day since 1970) and ``is_offered``.
    complements_ : DataFrame of shape (n_pairs, n_columns)
        ``category``, ``complement`` and ``is_complement``; where learned also
        ``pairs`` (seen), ``expected`` and ``lift``, the highest first.
    habits_ : Series of shape (n_categories,), indexed by category
        How many purchases of a customer weigh as much as those of everybody:
        few where a category is a habit of those who buy it.

    Notes
    -----
    EASE tells what goes with what of the 2,000 products that most customers
    bought.  A product is popular, and EASE believed, by its trend: buyers of the
    last 14 days over the square root of all so far.  A product is new for 60
    days after ``available_from``.

    At most half of the suggestions for a customer, rounded up, lie in one
    category where there are others.  What was learned has no file format: it
    is large, and fitted again within seconds.

    References
    ----------
    .. [1] H. Steck, "Embarrassingly Shallow Autoencoders for Sparse Data",
       The Web Conference, 2019.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.planners import InterestPlanner
    >>> orders = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob", "bob", "cem"], "amount": 20.0,
    ...     "ordered_at": pd.date_range("2026-05-01", periods=5, freq="12h", tz="UTC"),
    ...     "product_id": ["shirt", "jeans", "shirt", "jeans", "shirt"],
    ... })
    >>> planner = InterestPlanner(repeats=False, ridge=1.0).fit(orders)
    >>> cem = pd.DataFrame(index=pd.Index(["cem"], name="customer_id"))
    >>> planner.suggest(cem, n=1).loc[0, ["product_id", "reason", "evidence"]].to_list()
    ['jeans', 'complement', 'goes with shirt, which you bought on 2026-05-03; \
2 customers bought both']
    """

    def __init__(
        self,
        templates: Mapping[Any, Template | JinjaTemplate] | None = None,
        *,
        catalogue: pd.DataFrame | None = None,
        complements: Mapping[str, str | list[str]] | None = None,
        exclude: Collection[object] = (),
        repeats: bool = True,
        weights: Mapping[str, float] | None = None,
        half_life_days: float = 180.0,
        ridge: float = 100.0,
        max_products: int = 5000,
        timezone: str = "UTC",
    ) -> None:
        self.templates = templates
        self.catalogue = catalogue
        self.complements = complements
        self.exclude = exclude
        self.repeats = repeats
        self.weights = weights
        self.half_life_days = half_life_days
        self.ridge = ridge
        self.max_products = max_products
        self.timezone = timezone

    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- scikit-learn's habit
        """Learn from *transactions*, a row per order line, what customers care about.

        Parameters
        ----------
        transactions : DataFrame of shape (n_lines, n_columns)
            ``customer_id``, ``ordered_at`` (aware), ``amount`` and
            ``product_id`` (without it ``product_name`` tells products apart);
            where known ``product_name``, ``category`` and ``unit_price``.
            Lines with an amount of 0 or less say nothing.
        y : None
            Ignored; there for scikit-learn.

        Raises
        ------
        InvalidParameterError, UnknownNameError
            If a parameter is out of range, of the wrong kind or an unknown category.
        MissingColumnsError
            If a column is missing.
        InvalidTableError
            If there is no purchase, an instant without a zone, or the
            catalogue cannot be used.
        """
        for name in ("half_life_days", "ridge", "max_products"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not value > 0:
                raise InvalidParameterError(name, value, "a number above 0")
        if isinstance(self.exclude, str) or not isinstance(self.exclude, Collection):
            raise InvalidParameterError("exclude", self.exclude, "a collection of product ids")
        get_zone(self.timezone)
        weights = check_weights(self.weights)
        if self.templates is not None:
            TemplatePlanner(self.templates).fit(transactions)
        self.model_: InterestModel = fit_interests(
            transactions,
            catalogue=check_catalogue(self.catalogue),
            complements=self.complements,
            exclude=self.exclude,
            repeats=self.repeats,
            weights=weights,
            half_life_days=self.half_life_days,
            ridge=self.ridge,
            max_products=int(self.max_products),
            timezone=self.timezone,
        )
        model = self.model_
        self.customer_ids_, self.products_ = model.purchases.customer_ids, model.shelf
        self.complements_, self.habits_ = model.pairs, model.habits
        return self

    def suggest(
        self,
        customers: pd.DataFrame,
        n: int = 3,
        *,
        reasons: Collection[str] = REASONS,
        at: datetime | None = None,
    ) -> pd.DataFrame:
        """Suggest up to *n* products to each customer, each with its reason in words.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``; a column ``locale`` chooses the
            language of the evidence, Korean (``ko``) or English.
        n : int, default=3
            1 or more.
        reasons : collection of str
            Only products with one of these reasons.
        at : datetime, optional
            When the message is to be read, aware: what is new and popular
            then.  By default the day after the last order.

        Returns
        -------
        DataFrame of shape (n_suggestions, 7)
            ``customer_id``, ``rank`` (from 1), ``product_id``,
            ``product_name``, ``score`` (above 0; compares products of one
            customer), ``reason`` and ``evidence`` (a sentence), customers in
            the order given.  Who gets nothing has no row.

        Raises
        ------
        InvalidParameterError
            If *n*, *reasons* or *at* cannot be.
        """
        check_is_fitted(self)
        if not isinstance(n, int | np.integer) or n < 1:
            raise InvalidParameterError("n", n, "an integer, 1 or more")
        wanted = [reasons] if isinstance(reasons, str) else list(reasons)
        if not wanted or not set(wanted) <= set(REASONS):
            raise InvalidParameterError("reasons", reasons, f"some of {list(REASONS)}")
        day = self.model_.end_day
        if at is not None:
            instant = pd.Timestamp(check_aware("at", at)).as_unit("us")
            day = int(local_days(np.array([instant.value // 1000]), self.timezone)[0])
        return write_suggestions(self.model_, customers, n, wanted, day)

    def category_affinity(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Give what share of each customer's interest every category has.

        The days on which a customer bought, n by category and N together, are
        drawn towards the shares m of everybody: ``(n + s m) / (N + s)``, over
        their sum.  s is small where a category is a habit, as food for cats
        (:attr:`habits_`).  Nothing decays: tastes in categories last.

        Parameters
        ----------
        customers : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.

        Returns
        -------
        DataFrame of shape (n_customers, n_categories), indexed like *customers*
            Each row sums to 1; strangers have the shares of everybody.
        """
        check_is_fitted(self)
        model = self.model_
        shares = model.signals(None).affinity(model.places(customers.index))
        return pd.DataFrame(shares, index=customers.index, columns=model.category_ids)

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        """Write one message for each customer of *audience*: that of the best suggestion.

        The template of its reason is filled in.  Besides the columns of the
        audience it may use ``{product_id}``, ``{product_name}``,
        ``{product_category}``, ``{product_price}``, ``{because}`` (the
        evidence, in the customer's language), ``{bought_product_name}`` and
        ``{bought_category}`` (what speaks for it) and ``{product_name_2}``,
        ``{product_name_3}`` (the next suggestions of the same reason);
        ``{segment}`` is the reason.  Of a product without a name only its id
        is known, which is nothing to tell a customer: there is none of its
        name then, nor of evidence that would name it.

        Parameters
        ----------
        audience : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``.
        medium : str
            What carries the message.

        Returns
        -------
        DataFrame, indexed like *audience*
            As :meth:`crmlib.interfaces.MessagePlanner.plan` says.

        Raises
        ------
        InvalidParameterError
            If there are no templates.
        """
        check_is_fitted(self)
        day = self.model_.end_day
        return write_interest_messages(self.model_, self.templates, audience, medium, day)
