"""The checks of message planners catch what they promise to catch."""
# ruff: noqa: D101, D102 -- the name of a villain and its promise say what it does

import html
import json
from typing import Any, Self
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
from verdict import broken_promises

from crmlib.exceptions import MissingColumnsError
from crmlib.interfaces import MessagePlanner
from crmlib.statistics import hashed_uniforms
from crmlib.testing import Check, example_audience, planner_checks


class HonestPlanner(MessagePlanner):
    """Writes to everybody about what sells best, or about the region."""

    longest = 500

    def __init__(self, greeting: str = "Dear", minimum: int = 1) -> None:
        self.greeting = greeting
        self.minimum = minimum

    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:
        if "product_name" not in transactions:
            raise MissingColumnsError("transactions", ["product_name"], list(transactions))
        self.sold_ = transactions["product_name"].value_counts().sort_index()
        self.best_ = str(self.sold_.idxmax())
        return self

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        best = getattr(self, "best_", "news")
        rows = [self.row(row, best) for row in audience.to_dict("records")]
        return pd.DataFrame(rows, index=audience.index, columns=list(self.columns), dtype=object)

    def row(self, customer: dict[str, Any], best: str) -> dict[str, Any]:
        name = customer.get("name")
        if not isinstance(name, str) or len(name) > self.longest:
            return dict.fromkeys(self.columns) | {"problem": "the name is missing"}
        return {
            "template": "best seller",
            "subject": self.subject(name),
            "body": f"{self.greeting} {name} of {customer.get('region')}, see our {best}.",
            "html": f"<p>{self.greeting} {self.escape(name)}, see our {best}.</p>",
            "button_label": "Look",
            "button_url": self.address(name),
            "registered_code": "BEST01",
            "registered_variables": json.dumps({"name": name}),
            "why": "everybody hears of what sells best",
            "problem": None,
            "propensity": 1.0,
        }

    def subject(self, name: str) -> str:
        return "For " + "".join(letter for letter in name if letter.isprintable())

    def escape(self, name: str) -> str:
        return html.escape(name)

    def address(self, name: str) -> str:
        return f"https://shop.example/?for={quote(name.encode('utf-8', 'replace'), safe='')}"


class CastingPlanner(HonestPlanner):
    def __init__(self, greeting: str = "Dear", minimum: int = 1) -> None:
        self.greeting = f"{greeting}"
        self.minimum = minimum


class KeywordPlanner(HonestPlanner):
    def __init__(self, greeting: str = "Dear", minimum: int = 1) -> None:
        super().__init__(greeting, minimum)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"greeting": self.greeting}


class NoneFitPlanner(HonestPlanner):
    def fit(self, transactions: pd.DataFrame, y: None = None) -> None:
        super().fit(transactions)


class MeddlingPlanner(HonestPlanner):
    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:
        self.minimum = len(transactions)
        return super().fit(transactions)


class AddingPlanner(HonestPlanner):
    """Goes on counting where the last fit ended."""

    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:
        n_sold = getattr(self, "n_sold_", 0) + len(transactions)
        super().fit(transactions)
        self.n_sold_ = n_sold
        self.best_ = f"{n_sold} products"
        return self


class ScribblingPlanner(HonestPlanner):
    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        answer = super().plan(audience, medium=medium)
        audience["greeting"] = self.greeting
        return answer


class LastRowPlanner(HonestPlanner):
    """Learns from whichever line stands last."""

    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:
        super().fit(transactions)
        self.best_ = str(transactions["product_name"].iloc[-1])
        return self


class MoodyPlanner(HonestPlanner):
    """Writes something else at the third time."""

    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:
        self.asked_ = []
        return super().fit(transactions)

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        answer = super().plan(audience, medium=medium)
        if hasattr(self, "asked_"):
            self.asked_.append(audience)
            if sum(table.equals(audience) for table in self.asked_) == 3:
                answer["template"] = answer["template"].mask(answer["body"].notna(), "other")
        return answer


class KeyErrorPlanner(HonestPlanner):
    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:
        transactions["product_name"]
        return super().fit(transactions)


class AttributeErrorPlanner(HonestPlanner):
    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        self.best_  # noqa: B018 -- what happens without check_is_fitted
        return super().plan(audience, medium=medium)


class GenerousPlanner(HonestPlanner):
    """Gives a column more than a plan has."""

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        return super().plan(audience, medium=medium).assign(score=1.0)


class ReindexingPlanner(HonestPlanner):
    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        return super().plan(audience, medium=medium).reset_index(drop=True)


class SilentPlanner(HonestPlanner):
    """Leaves the body of nameless customers empty and does not say so."""

    def row(self, customer: dict[str, Any], best: str) -> dict[str, Any]:
        row = super().row(customer, best)
        if row["problem"]:
            told = {"problem": None, "why": "the name is missing", "body": ""}
            return row | told | {"propensity": 1.0}
        return row


class EmailOnlyPlanner(HonestPlanner):
    """Has no text for text messages."""

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        answer = super().plan(audience, medium=medium)
        return answer.assign(body=None) if medium == "sms" else answer


class NumberingPlanner(HonestPlanner):
    def row(self, customer: dict[str, Any], best: str) -> dict[str, Any]:
        return super().row(customer, best) | {"template": 1}


class TightLippedPlanner(HonestPlanner):
    def row(self, customer: dict[str, Any], best: str) -> dict[str, Any]:
        return super().row(customer, best) | {"why": "rule7"}


class SilentDrawPlanner(HonestPlanner):
    """Draws, and does not say how."""

    def row(self, customer: dict[str, Any], best: str) -> dict[str, Any]:
        return super().row(customer, best) | {"propensity": 0.0}


class DrawingPlanner(HonestPlanner):
    """Draws one of two templates by a hash of the customer id."""

    chances = (0.7, 0.3)
    drawn_with = 0.7

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        answer = super().plan(audience, medium=medium)
        first = hashed_uniforms(self.luck(audience), "draw") < self.drawn_with
        return answer.assign(
            template=np.where(first, "A", "B"), propensity=np.where(first, *self.chances)
        )

    def luck(self, audience: pd.DataFrame) -> list[str]:
        return [str(customer_id) for customer_id in audience.index]


class OverweightPlanner(DrawingPlanner):
    chances = (0.7, 0.7)


class BoastingPlanner(DrawingPlanner):
    """Says the chances the other way round."""

    chances = (0.3, 0.7)


class RowLuckPlanner(DrawingPlanner):
    """Draws by a name and, once everybody has it, by the place of the row."""

    def luck(self, audience: pd.DataFrame) -> list[str]:
        alike = len(audience) > 1 and audience.index.str.startswith("alike").all()
        ids = super().luck(audience)
        return [f"{customer} {place if alike else ''}" for place, customer in enumerate(ids)]


class ShyPlanner(HonestPlanner):
    """Writes only to those who bought before."""

    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:
        self.known_ = set(transactions["customer_id"]) if "customer_id" in transactions else set()
        return super().fit(transactions)

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        answer = super().plan(audience, medium=medium)
        strange = audience.index.str.startswith("stranger")
        answer.loc[strange, ["body", "problem"]] = None
        return answer


class JoiningPlanner(HonestPlanner):
    """Writes all bodies into one text and cuts it at line ends."""

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        answer = super().plan(audience, medium=medium)
        lines = "\n".join(answer["body"].fillna("-")).split("\n")[: len(answer)]
        return answer.assign(body=lines)


class TwiceFillingPlanner(HonestPlanner):
    """Fills its template with the name, and what comes out once more."""

    def row(self, customer: dict[str, Any], best: str) -> dict[str, Any]:
        row = super().row(customer, best)
        if row["body"] is not None:
            row["body"] = row["body"].replace("{region}", str(customer.get("region")))
        return row


class CalculatingPlanner(HonestPlanner):
    def row(self, customer: dict[str, Any], best: str) -> dict[str, Any]:
        row = super().row(customer, best)
        if row["subject"] is not None:
            row["subject"] = row["subject"].replace("{{ 7 * 191 }}", "1337")
        return row


class RawHtmlPlanner(HonestPlanner):
    def escape(self, name: str) -> str:
        return name


class RawSubjectPlanner(HonestPlanner):
    def subject(self, name: str) -> str:
        return f"For {name}"


class HalfButtonPlanner(HonestPlanner):
    def row(self, customer: dict[str, Any], best: str) -> dict[str, Any]:
        return super().row(customer, best) | {"button_label": None}


class PhoningPlanner(HonestPlanner):
    """Leads to no web address."""

    def address(self, name: str) -> str:
        return "tel:+8221234567"


class RawAddressPlanner(HonestPlanner):
    def address(self, name: str) -> str:
        return f"https://shop.example/?for={name}"


class HostNamingPlanner(HonestPlanner):
    """Gives each customer a site by its name."""

    def address(self, name: str) -> str:
        return f"https://{quote(name.encode('utf-8', 'replace'), safe='')}.shop.example/"


class CodelessPlanner(HonestPlanner):
    def row(self, customer: dict[str, Any], best: str) -> dict[str, Any]:
        return super().row(customer, best) | {"registered_code": None}


class WordyPlanner(HonestPlanner):
    """Writes its variables down as Python would."""

    def row(self, customer: dict[str, Any], best: str) -> dict[str, Any]:
        return super().row(customer, best) | {"registered_variables": "{'name': 'x'}"}


class CountingPlanner(HonestPlanner):
    """Gives a number for a variable."""

    def row(self, customer: dict[str, Any], best: str) -> dict[str, Any]:
        return super().row(customer, best) | {"registered_variables": '{"n": 1}'}


class EndlessPlanner(HonestPlanner):
    longest = 10**9


VILLAINS = [
    ("stores_its_parameters_untouched", CastingPlanner),
    ("gives_and_takes_its_parameters", KeywordPlanner),
    ("fit_returns_the_estimator", NoneFitPlanner),
    ("fit_leaves_the_parameters_alone", MeddlingPlanner),
    ("fit_forgets_the_past", AddingPlanner),
    ("writes_into_no_table", ScribblingPlanner),
    ("row_order_says_nothing", LastRowPlanner),
    ("answers_the_same_again", MoodyPlanner),
    ("names_the_column_that_it_misses", KeyErrorPlanner),
    ("answers_unfitted_or_says_so", AttributeErrorPlanner),
    ("gives_the_columns_of_a_plan", GenerousPlanner),
    ("keeps_the_audience_in_order", ReindexingPlanner),
    ("writes_a_message_or_names_the_problem", SilentPlanner),
    ("writes_a_message_or_names_the_problem", EmailOnlyPlanner),
    ("gives_text_or_nothing", NumberingPlanner),
    ("says_why", TightLippedPlanner),
    ("gives_each_message_its_propensity", SilentDrawPlanner),
    ("draws_as_often_as_it_says", OverweightPlanner),
    ("draws_as_often_as_it_says", BoastingPlanner),
    ("draws_for_the_customer_not_the_row", RowLuckPlanner),
    ("writes_to_customers_it_never_saw", ShyPlanner),
    ("keeps_strange_names_in_their_row", JoiningPlanner),
    ("reads_no_fields_in_names", TwiceFillingPlanner),
    ("reads_no_fields_in_names", CalculatingPlanner),
    ("escapes_names_in_html", RawHtmlPlanner),
    ("keeps_subjects_on_one_line", RawSubjectPlanner),
    ("gives_whole_buttons", HalfButtonPlanner),
    ("gives_whole_buttons", PhoningPlanner),
    ("gives_whole_registered_texts", CodelessPlanner),
    ("gives_whole_registered_texts", WordyPlanner),
    ("gives_whole_registered_texts", CountingPlanner),
    ("keeps_the_site_of_its_buttons", RawAddressPlanner),
    ("keeps_the_site_of_its_buttons", HostNamingPlanner),
    ("is_not_drowned_by_a_name", EndlessPlanner),
]


@pytest.mark.parametrize("check", planner_checks(HonestPlanner()), ids=str)
def test_an_honest_planner_keeps_every_promise(check: Check) -> None:
    """No check finds fault with a planner that does as the interface says."""
    check()


@pytest.mark.parametrize("check", planner_checks(DrawingPlanner()), ids=str)
def test_a_planner_that_draws_honestly_keeps_every_promise(check: Check) -> None:
    """Nor with one that draws, and says with which probability."""
    check()


@pytest.mark.parametrize(
    ("promise", "villain"), VILLAINS, ids=[villain.__name__ for _, villain in VILLAINS]
)
def test_a_planner_villain_is_caught_by_exactly_its_check(
    promise: str, villain: type[MessagePlanner]
) -> None:
    """A planner that breaks one promise fails that check and no other."""
    assert broken_promises(planner_checks(villain())) == [promise]


def test_every_planner_check_has_a_villain() -> None:
    """No promise of planners goes untested."""
    assert {str(check) for check in planner_checks(HonestPlanner())} == {
        promise for promise, _ in VILLAINS
    }


def test_planner_checks_take_an_audience_of_the_authors_own() -> None:
    """The audience that the author brings is the one that is written to."""
    asked = []

    class CouponPlanner(HonestPlanner):
        def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
            asked.append("coupon" in audience)
            return super().plan(audience, medium=medium)

    audience = example_audience().assign(coupon="TEN")

    assert broken_promises(planner_checks(CouponPlanner(), audience=audience)) == []
    assert asked.count(False) == 1  # the check that takes it away
