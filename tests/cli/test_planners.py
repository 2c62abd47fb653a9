"""From the shell alone: messages by interest, or chosen where choosing is proven to pay."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shell_campaign import CAMPAIGN, Answer

from crmlib.campaigns import Plan, load_campaign
from crmlib.cli._planner_files import read_products, read_responses
from crmlib.datasets import make_order_folder, make_shop
from crmlib.exceptions import ConfigError, CRMLibError, UnreadableFileError

NOW = "2026-07-01T09:00:00+09:00"
MESSAGES = """
[templates.coupon]
subject = "Coupon"
body = "10 % off"
[templates.coupon.ko]
subject = "쿠폰"
body = "10% 쿠폰이 왔어요"
[templates.new]
subject = "New"
body = "New in"
[templates.new.ko]
subject = "신상품"
body = "새 옷이 왔어요"
"""


SHOP = 120


@pytest.fixture(scope="module")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a small shop once."""
    folder = tmp_path_factory.mktemp("shop")
    make_shop(n_customers=SHOP, seed=3).save(folder)
    return folder


@pytest.fixture
def campaign(tmp_path: Path, shop_folder: Path) -> Path:
    """Write a campaign file and a small shop into the folder of the test."""
    shutil.copytree(shop_folder, tmp_path / "shop")
    file = tmp_path / "campaign.toml"
    file.write_text(CAMPAIGN, encoding="utf-8")
    return file


def rewrite(campaign: Path, planner: str, templates: str = MESSAGES, **data: str) -> None:
    """Give the campaign file a planner, templates of its own, and keys of [data]."""
    text = campaign.read_text(encoding="utf-8")
    text = text[: text.index("[templates")]
    keys = "".join(f'{key} = "{value}"\n' for key, value in data.items())
    text = text.replace("[data]\n", f"[data]\n{keys}").replace("audience =", "# audience =")
    campaign.write_text(f"{text}{templates}\n[planner]\n{planner}\n", encoding="utf-8")


def write_log(path: Path, coupon: float, new: float) -> None:
    """Write responses of 1,200 customers: segments differ in what moves them by these rates."""
    rng = np.random.default_rng(3)
    segments = np.array(["Champions", "At Risk"])[np.arange(1200) % 2]
    message = np.where(rng.random(1200) < 0.5, "coupon", "new")
    rate = np.where(segments == "Champions", coupon, new)
    rate = np.where(message == "coupon", rate, coupon + new - rate)
    log = pd.DataFrame(
        {
            "customer_id": [f"P{number}" for number in range(1200)],
            "segment": segments,
            "message": message,
            "propensity": 0.5,
            "reward": (rng.random(1200) < rate).astype(int),
        }
    )
    log.to_csv(path, index=False)


def test_a_campaign_learns_from_the_one_before(
    crmlib: Callable[..., Answer], campaign: Path, tmp_path: Path
) -> None:
    """Plan, write down what came of it, and plan again: no line of Python is needed."""
    rewrite(campaign, 'kind = "bandit"')

    first = crmlib("plan", campaign, "--now", NOW)
    plan = Plan.load(tmp_path / "winback.plan")
    later = make_shop(n_customers=SHOP, seed=3).respond(plan)
    later.to_csv(tmp_path / "later.csv", index=False)
    written = crmlib(
        "responses", "winback.plan", "--campaign", campaign, "--later-orders", "later.csv"
    )
    spent = crmlib(
        *("responses", "winback.plan", "--campaign", campaign, "--later-orders", "later.csv"),
        *("--reward", "spend", "--out", "spend.csv", "--json"),
    )
    log = pd.read_csv(tmp_path / "winback-responses.csv")
    text = campaign.read_text(encoding="utf-8").replace('"winback"', '"summer"')
    campaign.write_text(
        text.replace("[data]\n", '[data]\nresponses = ["winback-responses.csv"]\n'),
        encoding="utf-8",
    )
    second = crmlib("plan", campaign, "--now", "2026-08-01T09:00:00+09:00", "--json")
    told = crmlib("evaluate", campaign, "--json")

    assert "no response is known yet, so 2 messages are tried evenly.\n" in first.out
    assert plan.verdict == "no response is known yet, so 2 messages are tried evenly"
    assert "Does choosing pay" not in plan.explain(plan.table.index[0])
    assert "of whom it is known what came of it" in written.out
    assert 'write responses = "winback-responses.csv" under [data]' in written.out
    assert set(log["message"]) == {"coupon", "new", "no message"}
    assert sorted(set(log["propensity"])) == pytest.approx([0.3, 0.35])
    assert "name" not in log
    assert "recency_days" in log
    assert spent.json["messages"][0]["reward"] > 1
    assert second.json["verdict"].startswith("choosing by customer is not proven to beat the best")
    assert ", save that 10% of them try all" in second.json["verdict"]
    assert told.json["pays"] is False
    assert second.json["verdict"].startswith(told.json["why"])
    assert len(told.json["policies"]) == 4


def test_a_campaign_that_did_not_choose_has_nothing_to_teach(
    crmlib: Callable[..., Answer], campaign: Path, tmp_path: Path
) -> None:
    """Its log is written, and the advice is how to have one that a planner learns from."""
    crmlib("plan", campaign, "--now", NOW)
    plan = Plan.load(tmp_path / "winback.plan")
    make_shop(n_customers=SHOP, seed=3).respond(plan).to_csv("later.csv", index=False)
    told = crmlib(
        "responses", "winback.plan", "--campaign", campaign, "--later-orders", "later.csv"
    )

    assert told.code == 0
    assert "write responses" not in told.out
    assert "its messages were not chosen among several, so no planner learns from it" in told.err


def test_the_gate_opens_where_choosing_is_proven(
    crmlib: Callable[..., Answer], campaign: Path, tmp_path: Path
) -> None:
    """Where segments want different messages each gets its own; the plan and a picture say so."""
    write_log(tmp_path / "log.csv", 0.6, 0.1)
    rewrite(campaign, 'kind = "bandit"\nexploration = 0', responses="log.csv")

    shown = crmlib("plan", campaign, "--now", NOW)
    told = crmlib("evaluate", campaign, "--plot", "values.png")
    plan = Plan.load(tmp_path / "winback.plan")
    sent = plan.table[plan.table["decision"] != "held"]
    someone = sent.index[sent["segment"] == "At Risk"][0]
    best = sent[sent["segment"].isin(["Champions", "At Risk"])]

    assert "; so it is chosen by customer.\n" in shown.out
    assert "Yes: choosing by customer beats the best single message" in told.out
    assert (tmp_path / "values.png").read_bytes().startswith(b"\x89PNG")
    assert set(best.groupby("segment")["template"].unique().map(tuple).to_dict().items()) == {
        ("Champions", ("coupon",)),
        ("At Risk", ("new",)),
    }
    explained = plan.explain(someone)
    assert "\nWhat: 'new' was drawn with probability 1.00: a rate of " in explained
    assert "\nDoes choosing pay: choosing by customer beats the best single message" in explained
    assert "Does choosing the message pay? choosing by customer beats" in plan.preview_html()
    assert set(sent.loc[sent["locale"].eq("ko-KR"), "subject"]) <= {"(광고) 쿠폰", "(광고) 신상품"}


def test_uplift_within_a_budget(
    crmlib: Callable[..., Answer], campaign: Path, tmp_path: Path
) -> None:
    """Who is not worth a contact is held, and the budget is kept."""
    rng = np.random.default_rng(2)
    days = np.arange(1200) % 300
    got = rng.random(1200) < 0.5
    log = pd.DataFrame(
        {
            "customer_id": [f"P{number}" for number in range(1200)],
            "recency_days": days,
            "message": np.where(got, "coupon", "no message"),
            "propensity": 0.5,
            "reward": (rng.random(1200) < 0.1 + 0.6 * (got & (days > 150))).astype(int),
        }
    )
    log.to_csv(tmp_path / "log.csv", index=False)
    planner = (
        'kind = "uplift"\ncontext = ["recency_days"]\nbudget = 0.3\ncosts = { coupon = 0.01 }'
    )
    rewrite(campaign, planner, MESSAGES.partition("[templates.new]")[0], responses="log.csv")

    crmlib("plan", campaign, "--now", NOW)
    plan = Plan.load(tmp_path / "winback.plan")
    reached = plan.table["reason"].isin(["ALLOWED", "HOLD_OUT"])
    asked = reached.sum() + (plan.table["reason"] == "NO_MESSAGE").sum()

    assert plan.verdict is not None
    assert plan.verdict.endswith("; so it is chosen by customer")
    assert 0.2 < reached.sum() / asked <= 0.3


def test_what_each_customer_cares_about(
    crmlib: Callable[..., Answer], campaign: Path, tmp_path: Path
) -> None:
    """A file of products brings new arrivals, told in the language of each customer."""
    (tmp_path / "products.csv").write_text(
        "product_id,product_name,category,unit_price,available_from,in_stock\n"
        "TOP-101,리넨 셔츠,tops,45000,2026-06-20,yes\n"
        "TOP-102,Old shirt,tops,45000,,no\n",
        encoding="utf-8",
    )
    templates = """
[templates.new]
subject = "{product_name}"
body = "{product_name} {because}."
[templates.new.ko]
subject = "{product_name:이/가} 왔어요"
body = "{product_name:이/가} 왔어요. {because}"
"""
    rewrite(
        campaign,
        'kind = "interests"\ncomplements = { tops = ["bottoms"] }\nhalf_life_days = 90',
        templates,
        products="products.csv",
        locale="ko",
    )
    (tmp_path / "shop/orders-own-mall.csv").rename(tmp_path / "shop/lines.csv")
    orders = pd.read_csv(tmp_path / "shop/lines.csv", dtype=str)
    orders = pd.concat([orders, orders.head(1).assign(order_id="X1", line_id="X1")])
    orders.to_csv(tmp_path / "shop/orders-own-mall.csv", index=False)

    shown = crmlib("preview", campaign)

    assert "리넨 셔츠가 왔어요" in shown.out
    assert "2026-06-20" in shown.out
    assert "Old shirt" not in shown.out


@pytest.mark.parametrize(
    ("products", "problem"),
    [
        ("product_id,in_stock\nA,maybe\n", "has 'maybe' in in_stock at line 2; write true or"),
        ("product_id,in_stock\nA,\nB,no\n", "has nan in in_stock at line 2; write true or false"),
        ("product_id,available_from\nA,soon\n", "has 'soon' in available_from at line 2"),
        ("product_id\nA\nA\n", "has a product_id twice or not at all"),
        ('product_id\n"A', "it is no CSV file in UTF-8"),
    ],
    ids=["maybe", "nothing", "soon", "twice", "torn"],
)
def test_products_that_cannot_be(tmp_path: Path, products: str, problem: str) -> None:
    """A wrong cell of the file of products is told with its line."""
    (tmp_path / "products.csv").write_text(products, encoding="utf-8")

    with pytest.raises(CRMLibError) as caught:
        read_products(tmp_path / "products.csv")

    assert problem in str(caught.value)


def test_plain_products_and_no_log(tmp_path: Path) -> None:
    """An id is enough for a product, and a log may be left out; a file that is named is there."""
    (tmp_path / "products.csv").write_text("product_id\n0017\n", encoding="utf-8")
    found = read_products(tmp_path / "products.csv")

    assert found is not None
    assert found["product_id"].tolist() == ["0017"]
    assert read_products(None) is read_responses(()) is None
    with pytest.raises(UnreadableFileError, match=r"there is no such file; correct the path"):
        read_responses([tmp_path / "none.csv"])


@pytest.mark.parametrize(
    ("log", "problem"),
    [
        ("customer_id\nC1\n", "log.csv lacks the columns ['message', "),
        (
            "customer_id,message,propensity,reward\nC1,coupon,2,1\n",
            "log.csv has no propensity above 0 and at most 1",
        ),
    ],
    ids=["columns", "propensity"],
)
def test_logs_that_cannot_be_read(tmp_path: Path, log: str, problem: str) -> None:
    """A log that is none is told with its file."""
    (tmp_path / "log.csv").write_text(log, encoding="utf-8")

    with pytest.raises(CRMLibError) as caught:
        read_responses([tmp_path / "log.csv"])

    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("planner", "message", "problem"),
    [
        (
            'kind = "bandit"',
            "old",
            "data.responses names the message 'old', which there is not",
        ),
        (
            'kind = "bandit"\ngate = false',
            "coupon",
            "data.responses cannot be used: responses lacks the columns ['segment']",
        ),
        (
            'kind = "uplift"\ncontext = ["age"]\ngate = false',
            "no message",
            "planner.context names ['age'], which data.responses lacks",
        ),
    ],
    ids=["message", "segment", "context"],
)
def test_logs_that_do_not_fit(
    crmlib: Callable[..., Answer], campaign: Path, planner: str, message: str, problem: str
) -> None:
    """A log of other messages, or without a column, is told with the key that wants more."""
    log = f"customer_id,message,propensity,reward\nC1,{message},0.5,1\n"
    (campaign.parent / "log.csv").write_text(log, encoding="utf-8")
    rewrite(campaign, planner, responses="log.csv")

    answer = crmlib("plan", campaign, "--now", NOW)

    assert answer.code == 3
    assert problem in answer.err


@pytest.mark.parametrize(
    ("planner", "data", "problem"),
    [
        ('kind = "bandits"', {}, "planner.kind names the kind 'bandits', which there is not; did"),
        ('kind = "bandit"\nfatigue = -1', {}, "planner.fatigue is -1; it must be 0 or more"),
        ('kind = "bandit"\nexploration = 2', {}, "planner.exploration is 2; it must be a share"),
        ('kind = "bandit"\nbudget = 1', {}, "planner.budget is no key that is known here"),
        ('kind = "uplift"', {}, "planner.context is missing; give it a list of texts"),
        (
            'kind = "uplift"\ncontext = ["age"]\ncosts = { coupon = "1" }',
            {},
            "planner.costs is {'coupon': '1'}; it must be a finite number by message",
        ),
        ('kind = "interests"', {}, "templates.coupon names the reason 'coupon', which there is"),
        ('kind = "bandit"', {"products": "x.csv"}, "products is not read by the planner 'bandit'"),
        ('kind = "templates"', {"responses": "x"}, "responses is not read by the planner 'templ"),
        ('kind = "bandit"', {"locale": "k?"}, "data.locale is 'k?'; write one such as ko"),
        ('kind = "bandit"\n[templates."no message"]\nbody = "x"', {}, "is what sending none is"),
    ],
    ids=str,
)
def test_planners_that_cannot_be(
    tmp_path: Path, planner: str, data: dict[str, str], problem: str
) -> None:
    """A wrong setting is told with its key and the way out, before any other file is opened."""
    file = tmp_path / "campaign.toml"
    file.write_text(CAMPAIGN, encoding="utf-8")
    rewrite(file, planner, **data)

    with pytest.raises(ConfigError) as caught:
        load_campaign(file)

    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("half_life_days = 0", "planner.half_life_days is 0; it must be a number above 0"),
        ("weights = { old = 1 }", "planner.weights is {'old': 1}; it must be a mapping of"),
        ('complements = { x = "y" }', "planner.complements names the category 'x', which there"),
    ],
    ids=["half-life", "weights", "category"],
)
def test_interests_that_cannot_be(
    crmlib: Callable[..., Answer], campaign: Path, setting: str, problem: str
) -> None:
    """What only the orders can tell to be wrong is told with its key as well."""
    templates = '[templates.default]\nsubject = "x"\nbody = "x"'
    rewrite(campaign, f'kind = "interests"\n{setting}', templates)

    answer = crmlib("plan", campaign, "--now", NOW)

    assert answer.code == 3
    assert problem in answer.err


def test_each_campaign_draws_anew(campaign: Path) -> None:
    """The draws of a campaign follow from its name, so that none is lucky each time."""
    rewrite(campaign, 'kind = "bandit"')
    one = load_campaign(campaign).planner.settings["random_state"]
    text = campaign.read_text(encoding="utf-8")
    campaign.write_text(text.replace('"winback"', '"summer"'), encoding="utf-8")

    assert load_campaign(campaign).planner.settings["random_state"] != one


def test_clicks_are_a_reward(
    crmlib: Callable[..., Answer], campaign: Path, tmp_path: Path
) -> None:
    """Who clicked is told by the engagements; a file that is missing is told with its key."""
    rewrite(campaign, 'kind = "bandit"')
    crmlib("plan", campaign, "--now", NOW)
    plan = Plan.load(tmp_path / "winback.plan")
    sent = plan.table[plan.table["decision"] == "send"].iloc[0]
    ask = ("responses", "winback.plan", "--campaign", campaign)

    none = crmlib(*ask)
    no_clicks = crmlib(*ask, "--reward", "click")
    (tmp_path / "events.csv").write_text(
        "customer_id,message_key,channel,event,at\n"
        f"{sent.name},{sent['message_key']},email,clicked,{sent['send_at'].isoformat()}\n",
        encoding="utf-8",
    )
    text = campaign.read_text(encoding="utf-8")
    campaign.write_text(text.replace("[data]\n", '[data]\nengagements = "events.csv"\n'))
    crmlib(*ask, "--reward", "click")
    log = pd.read_csv(tmp_path / "winback-responses.csv")

    assert "data.later_orders is missing; name the orders after sending" in none.err
    assert "data.engagements is missing; name the CSV file of engagements" in no_clicks.err
    assert log["reward"].sum() == 1
    assert set(log["message"]) == {"coupon", "new"}


def test_what_cannot_be_evaluated(
    crmlib: Callable[..., Answer], campaign: Path, tmp_path: Path
) -> None:
    """There must be a choice, and a log of it."""
    plain = crmlib("evaluate", campaign)
    rewrite(campaign, 'kind = "bandit"')
    no_log = crmlib("evaluate", campaign)
    write_log(tmp_path / "log.csv", 0.2, 0.2)
    found = crmlib("evaluate", campaign, "--responses", "log.csv")

    assert "planner.kind is 'templates', which does not choose among messages" in plain.err
    assert "data.responses is missing; name the CSV file of what earlier messages" in no_log.err
    assert "Not proven: choosing by customer is not proven to beat" in found.out
    assert "1,200 customers in the log" in found.out


def test_themes_of_a_campaign(crmlib: Callable[..., Answer], campaign: Path) -> None:
    """The segments of the campaign file have a brief each, in English or Korean."""
    every = crmlib("themes", campaign, "--json")
    one = crmlib("themes", campaign, "--segment", "Champions", "--language", "ko")
    unknown = crmlib("themes", campaign, "--segment", "Champignons")
    spoken = crmlib("themes", campaign, "--language", "fr")

    assert {"Champions", "At Risk"} <= set(every.json)
    assert one.out.startswith("\nChampions 메시지 소재\n")
    assert "At Risk" not in one.out
    assert "there is no segment 'Champignons'; did you mean 'Champions'?" in unknown.err
    assert "there is no language 'fr'" in spoken.err


def test_themes_of_order_files(crmlib: Callable[..., Answer], tmp_path: Path) -> None:
    """Files of several sales channels need no campaign: their RFM segments have briefs."""
    make_order_folder(tmp_path / "channels", n_people=80, seed=2)

    answer = crmlib("themes", "channels", "--timezone", "Asia/Seoul", "--language", "ko")

    assert answer.code == 0
    assert " 메시지 소재\n" in answer.out


def test_a_segment_of_everybody_has_no_themes(
    crmlib: Callable[..., Answer], campaign: Path
) -> None:
    """Nobody is left to compare with, so a note says why there is no brief."""
    text = campaign.read_text(encoding="utf-8")
    rule = '\n[[segmenter.rules]]\nname = "All"\nwhere = [["frequency", ">=", 0]]\n'
    text = text.replace('kind = "rfm"', f'kind = "rules"\n{rule}')
    campaign.write_text(text, encoding="utf-8")

    answer = crmlib("themes", campaign)

    assert answer.out == ""
    assert "note: no themes of All: transactions holds no purchase of the rest" in answer.err
