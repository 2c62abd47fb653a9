"""What customers care about, in messages that say why."""

from __future__ import annotations

from copy import copy
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score

from crmlib.datasets import COMPLEMENTS, PRODUCTS, make_shop
from crmlib.exceptions import (
    DataQualityWarning,
    InvalidParameterError,
    InvalidTableError,
    MissingColumnsError,
    UnknownNameError,
)
from crmlib.planners import InterestPlanner, Template
from crmlib.planners._item_weights import fit_item_weights
from crmlib.planners._suggestion_scores import REASONS
from crmlib.tables import make_transactions
from crmlib.testing import planner_checks

TEMPLATES = {
    "default": Template(subject="{product_name} for you", body="Hi {name|there}: {because}."),
}


def lines(*rows: tuple[str, str, str], **columns: Any) -> pd.DataFrame:
    """Give order lines of (customer, product, day)."""
    table = pd.DataFrame(rows, columns=["customer_id", "product_id", "ordered_at"])
    table["ordered_at"] = pd.to_datetime(table["ordered_at"], utc=True)
    return table.assign(**({"amount": 10.0} | columns))


def people(*names: str, **columns: Any) -> pd.DataFrame:
    """Give an audience."""
    return pd.DataFrame(columns, index=pd.Index(names, name="customer_id"))


SHOPPERS = [(f"c{n}", product, "2026-01-05") for n in range(8) for product in ("shirt", "jeans")]
CATALOGUE = pd.DataFrame(
    {
        "product_id": ["shirt", "jeans", "skirt", "blouse", "cap", "gone"],
        "product_name": ["Shirt", "Jeans", "Skirt", "Blouse", "Cap", "Gone"],
        "category": ["tops", "bottoms", "bottoms", "tops", None, "tops"],
        "unit_price": [20.0, 40.0, 30.0, 25.0, 9.0, 5.0],
        "available_from": pd.to_datetime([None, None, None, "2026-01-10", "2026-01-10", None]),
        "in_stock": [True, True, True, True, True, False],
    }
)


@pytest.fixture(scope="module")
def small() -> InterestPlanner:
    """Give a planner of a shop where shirts go with jeans; ann bought a shirt only."""
    sold = lines(*SHOPPERS, ("ann", "shirt", "2026-01-20"), ("dan", "gone", "2026-01-20"))
    return InterestPlanner(
        TEMPLATES, catalogue=CATALOGUE, complements={"tops": "bottoms"}, ridge=1.0
    ).fit(sold)


@pytest.fixture(scope="module")
def shop() -> tuple[pd.DataFrame, pd.DataFrame, InterestPlanner]:
    """Give truth, profiles and a planner of a made-up shop."""
    made = make_shop(n_customers=1200, seed=3)
    orders = make_transactions(made.orders, timezone=made.timezone)
    planner = InterestPlanner(timezone=made.timezone).fit(orders.table)
    return made.truth, made.profiles.set_index("customer_id"), planner


@pytest.mark.parametrize("check", planner_checks(InterestPlanner(TEMPLATES)), ids=str)
def test_it_conforms(check: Any) -> None:
    """It keeps every promise of a message planner."""
    check()


def test_item_weights_are_those_of_the_paper() -> None:
    """B is -P_ij / P_jj with a zero diagonal, in single precision as in double."""
    rng = np.random.default_rng(0)
    bought = (rng.random((40, 6)) < 0.4).astype(np.float32)
    together = bought.T @ bought
    for ridge in (2.0, 1e-3):
        inverse = np.linalg.inv(together.astype(float) + ridge * np.eye(6))
        expected = -inverse / np.diag(inverse)
        np.fill_diagonal(expected, 0)

        np.testing.assert_allclose(fit_item_weights(together, ridge), expected, rtol=2e-3)


def test_jeans_go_with_the_shirt(small: InterestPlanner) -> None:
    """Who bought a shirt is told of jeans, because of the shirt, in the language of the locale."""
    audience = people("ann", "ann", locale=["en-GB", "ko-KR"])

    table = small.suggest(audience, n=1, reasons=["complement"])

    assert table["product_id"].tolist() == ["jeans", "jeans"]
    assert table["evidence"].tolist() == [
        "goes with Shirt, which you bought on 2026-01-20; 8 customers bought both",
        "2026-01-20에 구매하신 'Shirt' 상품에 어울려요 (함께 구매한 고객 8명)",
    ]


def test_a_new_blouse_for_who_likes_tops(small: InterestPlanner) -> None:
    """What nobody bought yet is suggested in a liked category, and not before it comes."""
    audience = people("ann", "stranger")

    table = small.suggest(audience, n=5, reasons="new")

    assert table["product_id"].tolist() == ["blouse", "blouse"]
    assert table["evidence"].str.startswith("new since 2026-01-10 in tops").all()
    assert table["evidence"].str.endswith("of what you buy").tolist() == [True, False]
    early = small.suggest(audience, n=6, at=datetime(2026, 1, 9, tzinfo=UTC))
    late = small.suggest(audience, n=6, reasons="new", at=datetime(2026, 9, 9, tzinfo=UTC))
    assert "blouse" not in set(early["product_id"])
    assert late.empty


def test_strangers_are_told_what_is_new_or_popular(small: InterestPlanner) -> None:
    """Nothing is known of a stranger, so the suggestions are those of everybody."""
    table = small.suggest(people("stranger"), n=6)

    assert set(table["reason"]) == {"new", "popular"}
    assert "shirt" in set(table["product_id"])


def test_a_repeat_tells_its_rhythm() -> None:
    """What is bought again and again says how often, and how long ago."""
    days = ["2026-01-01", "2026-01-11", "2026-01-21"]
    planner = InterestPlanner().fit(
        lines(*[("ann", "tea", day) for day in days], ("bob", "tea", "2026-02-01"))
    )

    table = planner.suggest(people("ann", "bob"), n=1)

    assert table["evidence"].tolist() == [
        "you bought it on 3 days, last on 2026-01-21, about every 10 days; 12 days ago",
        "you bought it on 1 day, last on 2026-02-01",
    ]
    again = InterestPlanner(repeats=False).fit(lines(("ann", "tea", "2026-01-01")))
    assert again.suggest(people("ann")).empty


def test_the_message_fits_the_reason(small: InterestPlanner) -> None:
    """The template of the reason is filled with product, price, category and evidence."""
    complement = Template(
        body="{product_name} ({product_category}, {product_price}) for your "
        "{bought_product_name} of {bought_category}; then {product_name_2|nothing}"
    )
    planner = copy(small).set_params(templates={"complement": complement})

    messages = planner.plan(people("ann", "stranger"), medium="email")

    assert (
        messages.loc["ann", "body"] == "Jeans (bottoms, 40) for your Shirt of tops; then nothing"
    )
    assert messages.loc["ann", "why"].startswith("complement: Jeans (goes with Shirt")
    assert messages.loc["stranger", "body"] is None
    assert messages.loc["stranger", "problem"].startswith("nothing can be suggested")


def test_a_reason_without_a_template_in_the_language_is_called_a_reason(
    small: InterestPlanner,
) -> None:
    """Who gets a suggestion for whose reason no template speaks the language is told of it."""
    in_korean = {("complement", "ko"): Template(body="{product_name}")}
    planner = copy(small).set_params(templates=in_korean)
    messages = planner.plan(people("ann", locale="en"), medium="email")

    assert messages.loc["ann", "problem"] == (
        "no template is for the reason 'complement', the locale 'en' and email, and none is the "
        "default; there are 'complement (ko)'"
    )


def test_a_product_without_a_name_is_not_called_by_its_id() -> None:
    """Neither its id nor evidence that names it is told: such a message is held, or falls back."""
    nameless = CATALOGUE.assign(product_name=CATALOGUE["product_name"].replace("Shirt", None))
    sold = lines(*SHOPPERS, ("ann", "shirt", "2026-01-20"))
    template = Template(body="{product_name|Something} {because|for you}")
    planner = InterestPlanner(
        {"complement": TEMPLATES["default"]},
        catalogue=nameless,
        complements={"tops": "bottoms"},
        ridge=1.0,
    ).fit(sold)

    held = planner.plan(people("ann"), medium="email").loc["ann"]
    known = planner.set_params(templates={"complement": template})
    told = known.plan(people("ann"), medium="email").loc["ann"]

    assert held["problem"].startswith("needs {because}, which is missing for this customer")
    assert told["body"] == "Jeans for you"
    assert told["why"].startswith("complement: Jeans (goes with shirt")


def test_half_a_list_is_of_one_category() -> None:
    """Of four suggestions two are of the best category where there are others."""
    sold = [(f"c{n}", f"top{n % 4}", "2026-01-01") for n in range(40)]
    sold += [(f"d{n}", f"shoe{n % 4}", "2026-01-01") for n in range(8)]
    table = lines(*sold)
    table["category"] = table["product_id"].str[:-1]

    picked = InterestPlanner().fit(table).suggest(people("stranger"), n=4)

    assert picked["product_id"].str[:-1].tolist() == ["top", "top", "shoe", "shoe"]
    assert picked["rank"].tolist() == [1, 2, 3, 4]
    assert picked["score"].is_monotonic_decreasing


def test_rare_products_give_way() -> None:
    """Beyond max_products only those take part that most customers bought."""
    planner = InterestPlanner(max_products=1, weights={"popular": 1}).fit(
        lines(*SHOPPERS, ("ann", "jeans", "2026-01-06"))
    )

    assert planner.products_.index.tolist() == ["jeans"]
    assert planner.suggest(people("c0"))["product_id"].tolist() == ["jeans"]


bought_days = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from("uvwxyz"), st.integers(1, 28)),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(rows=bought_days, excluded=st.sets(st.sampled_from("uvwxyz")), seed=st.integers(0, 99))
def test_laws(rows: list[tuple[str, str, int]], excluded: set[str], seed: int) -> None:
    """Order of lines and scale of amounts say nothing; the excluded never shows; all answered."""
    table = lines(*[(who, what, f"2026-01-{day:02}") for who, what, day in rows])
    table["category"] = table["product_id"].map(dict(zip("uvwxyz", "ttbbs", strict=False)))
    table["product_name"] = table["product_id"].str.upper()
    planner = InterestPlanner(TEMPLATES, exclude=excluded)
    audience = people(*"abcde")

    plain = planner.fit(table).suggest(audience)
    messages = planner.plan(audience, medium="sms")
    shuffled = table.sample(frac=1, random_state=seed).assign(amount=99.0)
    again = planner.fit(shuffled).suggest(audience.iloc[::-1])

    assert not excluded & set(plain["product_id"])
    by_customer = again.sort_values(["customer_id", "rank"], ignore_index=True)
    pd.testing.assert_frame_equal(plain, by_customer)
    assert (messages["body"].notna() ^ messages["problem"].notna()).all()
    assert set(plain["customer_id"]) == set(messages.index[messages["problem"].isna()])


def test_interests_of_the_made_up_shop_are_found(
    shop: tuple[pd.DataFrame, pd.DataFrame, InterestPlanner],
) -> None:
    """Affinity tells the planted favourite category, pairs tell the planted complements."""
    truth, _, planner = shop

    affinity = planner.category_affinity(truth)
    planted = np.array([affinity.columns == each for each in truth["favourite_category"]])
    pairs = planner.complements_
    is_planted = pairs["category"].map(COMPLEMENTS) == pairs["complement"]

    np.testing.assert_allclose(affinity.sum(axis=1), 1)
    assert roc_auc_score(planted.ravel(), affinity.to_numpy().ravel()) > 0.8  # .85 measured
    assert roc_auc_score(is_planted, pairs["lift"]) > 0.9  # 1.0 measured


def test_bottoms_that_go_with_the_tops_you_bought(
    shop: tuple[pd.DataFrame, pd.DataFrame, InterestPlanner],
) -> None:
    """Who bought tops reads, in English or Korean, of bottoms that go with them."""
    truth, profiles, planner = shop
    english = Template(
        subject="{product_name} for your {bought_product_name}",
        body="Hi {name|there}, {product_name} {because}. It costs {product_price} won.",
    )
    korean = Template(body="{name|고객}님, {product_name} - {because}")
    templates = {"complement": english, ("complement", "ko"): korean}
    bottoms = copy(planner).set_params(templates=templates)
    tops = truth.index[truth["favourite_category"] == "tops"]
    audience = profiles.loc[tops]

    messages = bottoms.plan(audience, medium="email")
    suggested = planner.suggest(audience, n=1, reasons=["complement"])

    category = suggested["product_id"].map(PRODUCTS.set_index("product_id")["category"])
    assert category.mode().tolist() == ["bottoms"]
    assert (category == "bottoms").mean() > 0.25  # .36 was measured, .17 is chance
    bodies = messages["body"].dropna()
    assert bodies.str.contains("어울려요").any()
    assert bodies.str.contains("goes with .*, which you bought on 20").any()


def test_blocks_say_what_all_at_once_would(
    shop: tuple[pd.DataFrame, pd.DataFrame, InterestPlanner], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Customers are scored in blocks on several threads; the answer does not tell."""
    _, profiles, planner = shop
    audience = profiles.head(50)
    at_once = planner.suggest(audience)

    monkeypatch.setattr("crmlib.planners._suggestion_scores.BLOCK_CELLS", 1)

    pd.testing.assert_frame_equal(planner.suggest(audience), at_once)


def test_what_cannot_be_learned_from() -> None:
    """A table without products or purchases is refused, with the way out."""
    good = lines(*SHOPPERS)
    with pytest.raises(MissingColumnsError, match="product_id"):
        InterestPlanner().fit(good.drop(columns="product_id"))
    with pytest.raises(InvalidTableError, match="holds no purchase"):
        InterestPlanner().fit(good.assign(amount=-1.0))
    with pytest.raises(InvalidTableError, match="ordered_at without a zone"):
        InterestPlanner().fit(good.assign(ordered_at=good["ordered_at"].dt.tz_localize(None)))
    with pytest.warns(DataQualityWarning, match="1 of 17 lines have no customer"):
        InterestPlanner().fit(pd.concat([good, good.head(1).assign(customer_id=None)]))
    with pytest.raises(NotFittedError):
        InterestPlanner().suggest(people("ann"))


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"half_life_days": 0}, "half_life_days must be a number above 0"),
        ({"ridge": "x"}, "ridge must be a number above 0"),
        ({"exclude": "jeans"}, "exclude must be a collection"),
        ({"timezone": "Mars"}, "timezone must be an IANA zone"),
        ({"weights": {"magic": 1}}, "weights must be a mapping of"),
        ({"weights": {"repeat": -1}}, "weights must be a mapping of"),
        ({"weights": {"repeat": 0}}, "weights must be a mapping of"),
        ({"complements": ["tops"]}, "complements must be a mapping"),
        ({"complements": {"tops": 3}}, "complements must be a mapping"),
        ({"catalogue": "x.csv"}, "catalogue must be a DataFrame"),
        ({"catalogue": CATALOGUE.drop(columns="product_id")}, "the catalogue lacks"),
        ({"catalogue": pd.concat([CATALOGUE, CATALOGUE])}, "has a product_id twice"),
        ({"catalogue": CATALOGUE.assign(in_stock="yes")}, "neither true nor false"),
        ({"catalogue": CATALOGUE.assign(available_from="2026")}, "that is no date"),
        ({"templates": {}}, "templates must be a mapping"),
    ],
    ids=str,
)
def test_parameters_are_checked_by_fit(parameters: dict[str, Any], match: str) -> None:
    """What cannot be is refused with what was expected and what came."""
    with pytest.raises(
        (InvalidParameterError, InvalidTableError, MissingColumnsError), match=match
    ):
        InterestPlanner(**parameters).fit(lines(*SHOPPERS))


def test_questions_are_checked(small: InterestPlanner) -> None:
    """So is what is asked."""
    ann = people("ann")
    with pytest.raises(InvalidParameterError, match="n must be an integer"):
        small.suggest(ann, n=0)
    with pytest.raises(InvalidParameterError, match="reasons must be some of"):
        small.suggest(ann, reasons=["love"])
    with pytest.raises(InvalidParameterError, match="at must be an aware datetime"):
        small.suggest(ann, at=datetime(2026, 1, 1))  # noqa: DTZ001 -- what the test is about
    planner = InterestPlanner().fit(lines(*SHOPPERS))
    with pytest.raises(InvalidParameterError, match="templates must be a mapping"):
        planner.plan(ann, medium="email")
    planner.set_params(templates={"love": Template(body="x")})
    with pytest.raises(InvalidParameterError, match="templates must be a mapping with a Template"):
        planner.plan(ann, medium="email")


def test_each_reason_can_be_asked_for_alone(small: InterestPlanner) -> None:
    """A list for one reason holds nothing else, and what is bought is only repeated."""
    audience = people("ann", "c0", "dan", "stranger")

    for reason in REASONS:
        table = small.suggest(audience, n=6, reasons=[reason])

        assert set(table["reason"]) <= {reason}
        assert "gone" not in set(table["product_id"])


def test_categories_that_are_not_there_are_told() -> None:
    """A misspelt or missing category, one under another name, and Orders have a way out."""
    told = InterestPlanner(catalogue=CATALOGUE, complements={"tops": ["botoms"]})
    with pytest.raises(UnknownNameError, match="no category 'botoms'; did you mean 'bottoms'"):
        told.fit(lines(*SHOPPERS))
    with pytest.raises(InvalidParameterError, match="add a column 'category' to the orders"):
        InterestPlanner(complements={"tops": "bottoms"}).fit(lines(*SHOPPERS))
    korean = InterestPlanner(catalogue=CATALOGUE.rename(columns={"category": "분류"}))
    with pytest.warns(DataQualityWarning, match="if one of \\['분류'\\] holds it, rename"):
        korean.fit(lines(*SHOPPERS))
    made = make_shop(n_customers=20, seed=3)
    with pytest.raises(InvalidTableError, match=r"pass orders\.table"):
        InterestPlanner().fit(make_transactions(made.orders, timezone=made.timezone))  # type: ignore[arg-type]


def test_a_bare_catalogue_is_enough() -> None:
    """A list of product ids is a catalogue; days of arrival may carry a zone."""
    bare = CATALOGUE[["product_id"]].iloc[:2]
    planner = InterestPlanner(catalogue=bare, repeats=False).fit(lines(*SHOPPERS))
    assert planner.suggest(people("ann"), reasons=["complement", "popular"])["product_id"].tolist()
    since = CATALOGUE["available_from"].dt.tz_localize("UTC")
    dated = InterestPlanner(catalogue=CATALOGUE.assign(available_from=since)).fit(lines(*SHOPPERS))

    assert dated.products_.loc["blouse", "available_from"] == 20_463


def test_a_category_is_a_habit_where_the_same_customers_buy_it() -> None:
    """Cat food, which the same ten buy again and again, foretells more than what all buy."""
    days = [f"2026-01-{day:02}" for day in range(1, 31)]
    sold = [
        (f"c{who}", "cat food" if who % 2 and turn < 5 else f"thing{(who + turn) % 6}", day)
        for who in range(20)
        for turn, day in enumerate(days)
    ]
    table = lines(*sold)
    planner = InterestPlanner().fit(table.assign(category=table["product_id"]))

    affinity = planner.category_affinity(people("c1", "c2", "stranger"))

    assert planner.habits_["cat food"] < 0.1 * planner.habits_.drop("cat food").min()
    assert affinity.loc["stranger", "cat food"] == pytest.approx(1 / 12)
    assert affinity.loc["c1", "cat food"] > 1.5 / 12
    assert affinity.loc["c2", "cat food"] < 0.5 / 12
    np.testing.assert_allclose(affinity.sum(axis=1), 1)


def test_rare_products_go_with_nothing_but_may_be_bought_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What goes with what is learned of the products that most customers bought."""
    monkeypatch.setattr("crmlib.planners._interest_model.MOST_PAIRED", 2)
    sold = lines(*SHOPPERS, ("ann", "shirt", "2026-01-06"), ("ann", "cap", "2026-01-06"))
    planner = InterestPlanner(ridge=1.0).fit(sold)

    table = planner.suggest(people("ann", "c0"), n=3).set_index(["customer_id", "product_id"])

    assert table.loc[("ann", "cap"), "evidence"].startswith("you bought it on 1 day")
    assert table.loc[("ann", "jeans"), "evidence"].startswith("goes with shirt")
    assert table.loc[("c0", "cap"), "reason"] == "popular"


def test_everything_goes_with_everything_where_there_are_no_categories() -> None:
    """Without categories a complement is what was bought together."""
    planner = InterestPlanner(ridge=1.0).fit(lines(*SHOPPERS, ("ann", "shirt", "2026-01-06")))

    table = planner.suggest(people("ann"), reasons=["complement"])

    assert table["product_id"].tolist() == ["jeans"]
    assert planner.category_affinity(people("ann")).shape == (1, 0)


def test_purchases_without_a_category_leave_a_customer_with_the_shares_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who bought nothing with a category is a stranger to categories; few others are enough."""
    monkeypatch.setattr("crmlib.planners._category_habits._MOST_CUSTOMERS", 3)
    table = lines(*SHOPPERS, ("ann", "gift", "2026-01-06"))
    known = {"shirt": "tops", "jeans": "bottoms"}
    planner = InterestPlanner().fit(table.assign(category=table["product_id"].map(known)))

    affinity = planner.category_affinity(people("ann", "c1"))

    np.testing.assert_allclose(affinity.to_numpy(), 0.5)


def test_evidence_is_in_the_language_of_the_template(small: InterestPlanner) -> None:
    """A Korean text has a Korean reason, an English one an English reason, whoever reads it."""
    planner = copy(small).set_params(
        templates={
            "default": Template(body="{product_name} 어때요? {because}"),
            ("default", "en"): Template(body="{product_name}: {because}"),
        }
    )
    told = planner.plan(people("ann", "bob", locale=[None, "en-GB"]), medium="email")["body"]
    same = planner.plan(people("ann"), medium="email")["body"]

    assert "구매" in told.iloc[0]
    assert "구매" not in told.iloc[1]
    assert same.iloc[0] == told.iloc[0]
