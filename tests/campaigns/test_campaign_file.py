"""A campaign file is read key by key, and each error says which key and what would do."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
import pytest
from shops_by_hand import NOW, Shop

from crmlib.campaigns import CampaignFile, example_campaign, load_campaign, read_order_files
from crmlib.exceptions import ConfigError, UnreadableFileError
from crmlib.interfaces import Segmenter
from crmlib.segmenters import RFMSegmenter, Rule, RuleSegmenter, WeightedRFMSegmenter
from crmlib.testing import example_customers
from crmlib.timing import FixedTiming, PreferredHourTiming, PurchaseCycleTiming, TriggerTiming

if TYPE_CHECKING:
    from pathlib import Path

SMALL = """
[campaign]
name = "winback"
channels = ["memory"]
policy = "EU"

[data]
orders = "orders.csv"
profiles = "profiles.csv"
consents = "consents.csv"

[segmenter]
kind = "rules"
[[segmenter.rules]]
name = "A"
where = [["group", "==", "A"]]

[timing]
kind = "fixed"

[sender]
name = "Shop"
email = "shop@example.com"
opt_out_url = "https://shop.example/out/{message_key}"

[templates.default]
subject = "Hi"
body = "Hi"
"""


RULES = """kind = "rules"
[[segmenter.rules]]
name = "A"
where = [["group", "==", "A"]]"""
AUDIENCE = 'policy = "EU"\naudience = ["A"]\nholdout = 0'


class Cut(Segmenter):
    """Who bought as often as the least frequent at fit that bought often enough, and others."""

    def __init__(self, least: int) -> None:
        self.least = least

    def fit(self, customers: pd.DataFrame, y: None = None) -> Self:
        """Learn where the cut is."""
        often = customers.loc[customers["frequency"] >= self.least, "frequency"]
        self.edge_ = int(often.min())
        self.segments_ = ("A", "B")
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series[str]:
        """Compare with the cut."""
        names = (customers["frequency"] >= self.edge_).map({True: "A", False: "B"})
        return names.astype("str").rename("segment")


def load(folder: Path, *changes: tuple[str, str]) -> CampaignFile:
    """Load the small file with *changes*: pairs of what is replaced, and by what."""
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "campaign.toml"
    path.write_text(text, encoding="utf-8")
    return load_campaign(path)


def test_the_example_can_be_loaded(tmp_path: Path) -> None:
    """The example that crmlib prints is a campaign file."""
    path = tmp_path / "campaign.toml"
    path.write_text(example_campaign(), encoding="utf-8")
    spec = load_campaign(path)

    assert spec.path == path
    assert spec.campaign.name == "winback-2026-11"
    assert spec.campaign.audience == ("At Risk", "Can't Lose Them")
    assert spec.campaign.policy.jurisdictions == ("KR",)
    assert spec.campaign.horizon == timedelta(days=7)
    assert spec.data.orders[0].paths == (tmp_path / "orders.csv",)
    assert spec.data.timezone == "Asia/Seoul"
    assert list(spec.templates) == [
        "default",
        ("default", "ko"),
        "Can't Lose Them",
        ("Can't Lose Them", "ko"),
    ]
    assert spec.channels == {"smtp": {"host": "localhost", "port": 25}}
    assert spec.sender.phone == "02-000-0000"


def test_what_is_commented_out_in_the_example_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each key that the example shows as a comment is a key, and rules replace the quantiles."""
    monkeypatch.setenv("SMTP_PASSWORD", "open sesame")
    rfm, rules = example_campaign().split("# [segmenter]")
    text = rfm[: rfm.index("[segmenter]")] + "# [segmenter]" + rules
    path = tmp_path / "campaign.toml"
    path.write_text(
        re.sub(r"^# (?=[a-z]+ ?=|[a-z]+_|\[|  \[|\])", "", text, flags=re.MULTILINE), "utf-8"
    )
    spec = load_campaign(path)

    assert spec.data.snapshot_date == "2026-11-01"
    assert spec.data.later_orders[0].paths == (tmp_path / "later.csv",)
    assert spec.data.orders[0].columns["ordered_at"] == "Paid at"
    assert spec.segmenter.rules[0].name == "Students who buy tops"
    assert spec.planner.settings["budget"] == 0.3
    assert spec.data.responses == (tmp_path / "spring-responses.csv",)
    assert spec.data.locale == "ko"
    assert spec.channels["smtp"]["password"] == "open sesame"


def test_defaults(tmp_path: Path) -> None:
    """What a small file leaves out has a documented default."""
    spec = load(tmp_path)

    assert spec.campaign.audience is None
    assert spec.campaign.holdout == 0.1
    assert spec.campaign.purpose == "advertising"
    assert spec.campaign.horizon == timedelta(days=7)
    assert spec.data.timezone == "UTC"
    assert spec.data.snapshot_date is None
    assert spec.data.later_orders == ()
    assert spec.data.orders[0].columns == {}
    assert spec.data.responses == ()
    assert spec.data.products is spec.data.locale is None
    assert spec.planner.kind == "templates"
    assert not spec.planner.chooses
    assert spec.channels == {}
    assert spec.timing.get_params() == FixedTiming(hour=10).get_params()


def test_everything_in_data(tmp_path: Path) -> None:
    """Paths are relative to the file, dates may be written with or without quotes."""
    spec = load(
        tmp_path,
        ('"orders.csv"', '["mall.csv", "/shop.csv"]'),
        ('consents = "consents.csv"', ('consents = "c.csv"\nsnapshot_date = 2026-11-01\n'
         'later_orders = "later.csv"\ntimezone = "Asia/Seoul"\n'
         '[data.columns]\ncustomer_id = "Member No."')),
    )  # fmt: skip

    assert [str(path) for path in spec.data.orders[0].paths] == [
        str(tmp_path / "mall.csv"),
        "/shop.csv",
    ]
    assert spec.data.snapshot_date == "2026-11-01"
    assert spec.data.later_orders[0].paths == (tmp_path / "later.csv",)
    assert spec.data.orders[0].columns == {"customer_id": "Member No."}


def test_the_byte_order_mark_of_windows_editors(tmp_path: Path) -> None:
    """A file saved with a byte order mark is read like any other."""
    path = tmp_path / "campaign.toml"
    path.write_text(SMALL, encoding="utf-8-sig")

    assert load_campaign(path).campaign.name == "winback"


def test_segmenters(tmp_path: Path) -> None:
    """Both kinds of segmenter can be written down with their parameters."""
    rules = load(tmp_path, ('kind = "rules"', 'kind = "rules"\ndefault = "Rest"')).segmenter
    rfm = load(
        tmp_path,
        (
            'kind = "rules"\n[[segmenter.rules]]\nname = "A"\nwhere = [["group", "==", "A"]]',
            'kind = "rfm"\nn_bins = 3\nlabels = "ko"',
        ),
    ).segmenter

    assert isinstance(rules, RuleSegmenter)
    assert rules.get_params() == {
        "rules": [Rule("A", (("group", "==", "A"),))],
        "default": "Rest",
    }
    assert isinstance(rfm, RFMSegmenter)
    assert rfm.get_params() == {
        "n_bins": 3,
        "cut_points": None,
        "segment_map": "eleven",
        "labels": "ko",
    }


def test_rfm_by_cut_points_or_weights(tmp_path: Path) -> None:
    """Tables of the file are the parameters, tiers and names in the order of the file."""
    rules = 'kind = "rules"\n[[segmenter.rules]]\nname = "A"\nwhere = [["group", "==", "A"]]'
    own = load(
        tmp_path,
        (
            rules,
            """kind = "rfm"
            n_bins = { monetary_value = 5 }
            cut_points = { recency_days = [30, 90], frequency = [2, 3, 5] }
            [segmenter.segment_map]
            VIP = "34."
            Regular = "3[123]."
            Leaving = ["2..", "1.."]""",
        ),
    ).segmenter.fit(example_customers())
    weighted = load(
        tmp_path,
        (
            rules,
            """kind = "weighted-rfm"
            n_bins = 4
            labels = "ko"
            [segmenter.weights]
            recency_days = 3
            frequency = 2
            monetary_value = 0.5
            [segmenter.tiers]
            VIP = 0.05
            Others = 0.95""",
        ),
    ).segmenter

    assert own.segments_ == ("VIP", "Regular", "Leaving")
    assert own.edges_["recency_days"].tolist() == [90, 30]
    assert isinstance(weighted, WeightedRFMSegmenter)
    assert weighted.get_params() == {
        "weights": {"recency_days": 3, "frequency": 2, "monetary_value": 0.5},
        "tiers": {"VIP": 0.05, "Others": 0.95},
        "n_bins": 4,
        "cut_points": None,
        "labels": "ko",
    }


def test_the_small_shop_of_the_example_can_be_used(tmp_path: Path) -> None:
    """The map that the example shows as a comment names customers by days and orders."""
    text = example_campaign().replace("# segment_map", "segment_map")
    path = tmp_path / "campaign.toml"
    path.write_text(text, encoding="utf-8")
    segmenter = load_campaign(path).segmenter.fit(example_customers())

    assert segmenter.segments_[0] == "VIP"
    assert segmenter.edges_["frequency"].tolist() == [2, 3, 5]


def test_timing(tmp_path: Path) -> None:
    """Each kind of timing can be written down; the account's zone is the fallback."""
    fixed = load(tmp_path, ('"fixed"', '"fixed"\nhour = 20\nweekdays = ["sat"]')).timing
    preferred = load(
        tmp_path,
        ('"fixed"', '"preferred-hour"\nday_type = "none"'),
        ("[segmenter]", 'timezone = "Asia/Seoul"\n[segmenter]'),
    ).timing

    cycle = load(
        tmp_path, ('"fixed"', '"purchase-cycle"\nby = "category"\ntimezone = "Asia/Seoul"')
    ).timing

    welcome = load(
        tmp_path, ('"fixed"', '"trigger"\nevent = "signed_up"\nafter_minutes = 10')
    ).timing

    assert welcome.get_params() == TriggerTiming("signed_up", timedelta(minutes=10)).get_params()
    assert isinstance(cycle, PurchaseCycleTiming)
    assert (cycle.by, cycle.timezone) == ("category", "Asia/Seoul")
    assert isinstance(cycle.hours, PreferredHourTiming)
    assert isinstance(fixed, FixedTiming)
    assert fixed.get_params() == {"hour": 20, "weekdays": ("sat",)}
    assert isinstance(preferred, PreferredHourTiming)
    assert (preferred.timezone, preferred.day_type) == ("Asia/Seoul", "none")


def test_templates_by_locale(tmp_path: Path) -> None:
    """A segment may have a template of its own, templates by locale, or both."""
    spec = load(
        tmp_path,
        (
            'body = "Hi"\n',
            (
                'body = "Hi"\nhtml = "<p>Hi</p>"\n[templates.default.ko]\nsubject = "안녕"\n'
                'body = "안녕"\n[templates.A.en-GB]\nbody = "Hello"\n'
            ),
        ),
    )

    assert list(spec.templates) == ["default", ("default", "ko"), ("A", "en-GB")]
    assert spec.templates["default"].html == "<p>Hi</p>"
    assert spec.templates["default", "ko"].name == "default (ko)"
    assert spec.templates["A", "en-GB"].subject is None


def test_policies_of_ones_own(tmp_path: Path) -> None:
    """A policy may be several, and a file beside the campaign file."""
    own = files("crmlib.policies") / "data/us.toml"
    (tmp_path / "own.toml").write_text(own.read_text(encoding="utf-8"), encoding="utf-8")
    spec = load(tmp_path, ('policy = "EU"', 'policy = ["EU", "own.toml"]'))

    assert spec.campaign.policy.jurisdictions == ("EU", "US")


def test_secrets_come_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A setting written env:NAME is read when channels are made, and only then."""
    spec = load(
        tmp_path,
        ("[sender]", '[channels.memory]\nport = 25\npassword = "env:SHOP_PASSWORD"\n[sender]'),
    )
    monkeypatch.delenv("SHOP_PASSWORD", raising=False)
    with pytest.raises(ConfigError, match="SHOP_PASSWORD', which is not set; set it: export"):
        _ = spec.channels
    monkeypatch.setenv("SHOP_PASSWORD", "open sesame")

    assert spec.channels == {"memory": {"port": 25, "password": "open sesame"}}
    assert "sesame" not in repr(spec)


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('name = "winback"', "", "campaign.name", "is missing; give it a text in quotes"),
        ('name = "winback"', "name = 5", "campaign.name", "is 5; it must be a text in quotes"),
        ('name = "winback"', 'name = "a/b"', "campaign.name", "is 'a/b'; it must be up to 100"),
        (
            'name = "winback"',
            'nmae = "winback"',
            "campaign.name",
            "is missing; is it what you wrote as 'nmae'?",
        ),
        (
            'policy = "EU"',
            'policy = "EU"\nhold_out = 0.2',
            "campaign.hold_out",
            "is no key that is known here; did you mean 'holdout'?",
        ),
        ('policy = "EU"', 'policy = "EU"\nholdout = 2', "campaign.holdout", "is 2; it must be fr"),
        (
            'policy = "EU"',
            'policy = "EU"\nholdout = "10%"',
            "campaign.holdout",
            "is '10%'; it must be a number, without quotes",
        ),
        (
            'policy = "EU"',
            'policy = "EU"\nholdout = true',
            "campaign.holdout",
            "is True; it must be a number",
        ),
        (
            'policy = "EU"',
            'policy = "EN"',
            "campaign.policy",
            "names the jurisdiction 'EN'",
        ),
        ('policy = "EU"', "policy = []", "campaign.policy", "has jurisdictions = (); it must be"),
        ('policy = "EU"', 'policy = "no.toml"', "campaign.policy", "cannot be opened (No such"),
        ('policy = "EU"', "policy = 5", "campaign.policy", "is 5; it must be a text, or a list"),
        (
            'policy = "EU"',
            'policy = "EU"\npurpose = "spam"',
            "campaign.purpose",
            "is 'spam'; there are ['advertising', 'informational']",
        ),
        (
            'policy = "EU"',
            'policy = "EU"\nhorizon_days = 0',
            "campaign.horizon_days",
            "is 0; it must be from 0.125 to 60",
        ),
        (
            '["memory"]',
            '["smpt"]',
            "campaign.channels",
            "names the channel 'smpt', which there is not; did you mean 'smtp'?",
        ),
        ('["memory"]', '"memory"', "campaign.channels", "is 'memory'; it must be a list of texts"),
        ('["memory"]', "[]", "campaign.channels", "is []; name one or more, each once, of"),
        ("[data]", "[dta]", "data", "is missing; is it what you wrote as 'dta'?"),
        ("[sender]", "[extra]\nx = 1\n[sender]", "extra", "is no key that is known here"),
        ('"orders.csv"', "5", "data.orders", "is 5; it must be a path, a list"),
        (
            '"orders.csv"',
            '"o.csv"\nsnapshot_date = "1 May"',
            "data.snapshot_date",
            "is '1 May'; it must be a date such as 2026-11-01",
        ),
        (
            '"orders.csv"',
            '"o.csv"\ntimezone = "Seoul"',
            "data.timezone",
            "is 'Seoul'; it must be",
        ),
        (
            '"orders.csv"',
            '"o.csv"\ncolumns.order_no = "No."',
            "data.columns.order_no",
            "is no key that is known here; did you mean 'order_id'?",
        ),
        (
            'kind = "rules"',
            'kind = "rule"',
            "segmenter.kind",
            "names the kind 'rule', which there is not; did you mean 'rules'? there are ['rfm'",
        ),
        (
            '"=="',
            '"="',
            "segmenter.rules[1].where",
            "names the operator '=', which there is not; ",
        ),
        ('[["group", "==", "A"]]', '"x"', "segmenter.rules[1].where", "is 'x'; it must be cond"),
        ('name = "A"', 'nam = "A"', "segmenter.rules[1].name", "is missing; is it what you wrote"),
        ("[[segmenter.rules]]", "[segmenter.rules]", "segmenter.rules", "it must be tables, each"),
        (
            '"rules"',
            '"rfm"\nn_bins = 2.5',
            "segmenter.n_bins",
            "is 2.5; it must be a whole number",
        ),
        (
            '"rules"',
            '"weighted-rfm"\ncut_points = [30]',
            "segmenter.cut_points",
            "is [30]; it must be a table of numbers by column, such as { frequency",
        ),
        ('"fixed"', '"fixed"\nhuor = 5', "timing.huor", "did you mean 'hour'?"),
        ('"fixed"', '"fixed"\nhour = 5.5', "timing.hour", "is 5.5; it must be a whole number"),
        ('"Shop"', '" "', "sender.name", "is blank; write the business"),
        ('"shop@example.com"', '"shop"', "sender.email", "cannot be used: email cannot be used"),
        ("{message_key}", "", "sender.opt_out_url", "it must be a web address that holds {opt"),
        ("opt_out_url", 'phon = "1"\nopt_out_url', "sender.phon", "did you mean 'phone'?"),
        ("[templates.default]", "[templates.default.x1]", "templates.default.x1", "is no locale"),
        ('body = "Hi"', 'bdoy = "Hi"', "templates.default.body", "is it what you wrote as 'bdoy'"),
        ('body = "Hi"', 'body = "Hi"\nx = 1', "templates.default.x", "is no key that is known"),
        (
            'body = "Hi"',
            'body = "Hi {name"',
            "templates.default",
            "has a lone '{' at line 1, column 4 of its body; write {column}",
        ),
        (
            '[templates.default]\nsubject = "Hi"\nbody = "Hi"',
            "[templates]",
            "templates.default",
            "is missing; write one template at least",
        ),
        (
            "[templates.default]",
            "[templates]",
            "templates.subject",
            "it must be a table",
        ),
        (
            "[sender]",
            "[channels.smpt]\nport = 25\n[sender]",
            "channels.smpt",
            "names the channel 'smpt', which there is not",
        ),
        (
            "https://shop.example/out/",
            "ftp://shop.example/out/",
            "sender.opt_out_url",
            "it must be a web address",
        ),
        ('name = "winback"', "name = winback", "the file", "is no TOML"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_errors(tmp_path: Path, old: str, new: str, key: str, problem: str) -> None:
    """Each error names the file, the dotted key, the value, and what would do."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, (old, new))

    assert caught.value.path == str(tmp_path / "campaign.toml")
    assert caught.value.key == key
    assert problem in str(caught.value)


def test_keys_are_shown_as_toml_writes_them(tmp_path: Path) -> None:
    """A key with spaces is shown in quotes, as it has to be written."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, ("[templates.default]", '[templates."At Risk"]\nbody = "{"\n[templates.x]'))

    assert caught.value.key == 'templates."At Risk"'


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is not there, or is in another encoding, is told apart from a wrong key."""
    with pytest.raises(UnreadableFileError, match=r"No such file.*crmlib plan --example"):
        load_campaign(tmp_path / "none.toml")
    path = tmp_path / "campaign.toml"
    path.write_bytes('name = "가게"'.encode("cp949"))
    with pytest.raises(UnreadableFileError, match="is not in UTF-8; save it as UTF-8"):
        load_campaign(path)


@pytest.mark.parametrize(
    ("orders", "key"),
    [
        ('"none.csv"', "data.orders"),
        ('[{ path = ["none.csv"], currency = "KRW" }]', "data.orders[1].path"),
    ],
)
def test_orders_that_cannot_be_read_are_named_with_their_key(
    tmp_path: Path, orders: str, key: str
) -> None:
    """Of several files that a campaign names, it is said which one is not there, and where."""
    spec = load(tmp_path, ('orders = "orders.csv"', f"orders = {orders}"))
    with pytest.raises(ConfigError, match=r"cannot be read .*none\.csv: no such file") as caught:
        read_order_files(spec.data.orders)

    assert caught.value.key == key


def fitted(spec: CampaignFile, shop: Shop) -> Any:
    """Fit the campaign of *spec* on *shop*."""
    orders = pd.DataFrame(
        {
            "customer_id": shop.customers.index,
            "ordered_at": shop.customers["last_purchase_at"].to_numpy(),
            "amount": 10.0,
        }
    )
    zones = shop.profiles.set_index("customer_id")["timezone"]
    return spec.make_campaign(shop.customers, orders, zones)


def test_from_file_to_plan(tmp_path: Path) -> None:
    """The campaign of a file is fitted and plans."""
    shop = Shop()
    shop.customers.loc["C2", "group"] = "B"
    spec = load(tmp_path, ('policy = "EU"', 'policy = "EU"\naudience = ["A"]\nholdout = 0'))
    campaign = fitted(spec, shop)
    plan = campaign.plan(shop.customers, profiles=shop.profiles, consents=shop.consents, now=NOW)

    assert plan.table["reason"].tolist() == ["ALLOWED", "NOT_IN_AUDIENCE", "ALLOWED"]
    assert not hasattr(spec.segmenter, "segments_")


def test_a_saved_segmenter_is_taken_as_it_is(tmp_path: Path) -> None:
    """Nothing is learned again: a cut point of another month decides this month, too."""
    shop = Shop()
    Cut(2).fit(shop.customers.assign(frequency=[1, 1, 9])).save(tmp_path / "cut.json")
    shop.customers["frequency"] = [2, 3, 9]
    spec = load(tmp_path, (RULES, 'model = "cut.json"'), ('policy = "EU"', AUDIENCE))

    campaign = fitted(spec, shop)
    plan = campaign.plan(shop.customers, profiles=shop.profiles, consents=shop.consents, now=NOW)

    assert campaign.segmenter.edge_ == 9
    assert plan.table["reason"].tolist() == ["NOT_IN_AUDIENCE", "NOT_IN_AUDIENCE", "ALLOWED"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, r"segmenter\.model is not there .*; give the path of a saved model"),
        (
            '{"digest": 1, "format": "x"}',
            r"segmenter\.model is in the format 'x'; 'crmlib\.model/1'",
        ),
        ("unfitted", r"segmenter\.model holds a segmenter that has learned nothing; fit it first"),
        (
            "of another package",
            r"segmenter\.model cannot be loaded .*shop:Own.*; import its class",
        ),
    ],
    ids=["no file", "another format", "not fitted", "not imported"],
)
def test_model_files_that_cannot_be(tmp_path: Path, text: str | None, problem: str) -> None:
    """The error names the key and the way out, before any data is read."""
    path = tmp_path / "cut.json"
    if text in {"unfitted", "of another package"}:
        Cut(2).save(path)
    elif text is not None:
        path.write_text(text, encoding="utf-8")
    if text == "of another package":
        model = {**Cut(2).to_dict(), "class": "shop:Own"}
        digest = sha256(json.dumps(model, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        path.write_text(json.dumps({**model, "digest": digest}), encoding="utf-8")

    with pytest.raises(ConfigError, match=problem):
        load(tmp_path, (RULES, 'model = "cut.json"'))


def test_a_model_has_no_parameters_besides(tmp_path: Path) -> None:
    """What was learned cannot be changed in the campaign file."""
    Cut(2).fit(Shop().customers.assign(frequency=2)).save(tmp_path / "cut.json")

    with pytest.raises(ConfigError, match=r"segmenter\.kind is no key that is known here"):
        load(tmp_path, ('kind = "rules"', 'kind = "rules"\nmodel = "cut.json"'))


def test_segments_that_there_are_not(tmp_path: Path) -> None:
    """Audience and templates may only name segments that the segmenter knows."""
    shop = Shop()
    audience = load(tmp_path, ('policy = "EU"', 'policy = "EU"\naudience = ["a"]'))
    with pytest.raises(ConfigError, match=r"campaign.audience names the segment 'a'.*'Others'"):
        fitted(audience, shop)
    templates = load(tmp_path, ("[templates.default]", "[templates.B]"))
    with pytest.raises(ConfigError, match=r"templates.B names the segment 'B'.*'default'"):
        fitted(templates, shop)


def test_what_cannot_be_fitted(tmp_path: Path) -> None:
    """A rule on a column that is not there is an error of the segmenter's table."""
    rule = load(tmp_path, ('"group", "=="', '"gender", "=="'))
    with pytest.raises(ConfigError, match=r"segmenter cannot be used: .*lacks the columns"):
        fitted(rule, Shop())
    hour = load(tmp_path, ('"fixed"', '"fixed"\nhour = 25'))
    with pytest.raises(ConfigError, match="timing has hour = 25; it must be"):
        fitted(hour, Shop())


def test_tables_of_channels_that_are_not_used(tmp_path: Path) -> None:
    """A table of another installed channel may stand in the file, and is not read."""
    spec = load(tmp_path, ("[sender]", '[channels.smtp]\npassword = "env:NOT_SET"\n[sender]'))

    assert "smtp" not in spec.channels


LADDER = """"trigger"
event = "cart_left"
goals = ["ordered"]
again_after_days = 7
[[timing.steps]]
name = "push"
after_minutes = 30
channels = ["file"]
[[timing.steps]]
name = "benefit"
after_minutes = 1440
expires_after_minutes = 600
[timing.steps.templates.default]
subject = "Free delivery"
body = "Today"
[timing.steps.templates.default.ko]
subject = "안녕"
body = "안녕"
"""


def test_a_trigger_with_steps(tmp_path: Path) -> None:
    """Steps have names, delays and channels, and templates of their own."""
    spec = load(
        tmp_path,
        ('"fixed"', LADDER),
        ('consents = "consents.csv"', 'consents = "consents.csv"\nevents = "events.csv"'),
        ("[sender]", '[channels.file]\npath = "outbox.jsonl"\n[channels.smtp]\n[sender]'),
    )
    shop = Shop(2)
    lines = pd.DataFrame({"customer_id": ["C1"], "ordered_at": [pd.Timestamp(NOW)]})
    lines = lines.assign(amount=1.0, order_id="1", product_id="p")
    campaign = spec.make_campaign(shop.customers, lines, pd.Series(dtype=object))
    ladder = spec.make_ladder(campaign)

    assert spec.data.events == tmp_path / "events.csv"
    assert (
        spec.timing.get_params()
        == TriggerTiming(
            "cart_left", goals=("ordered",), again_after=timedelta(days=7)
        ).get_params()
    )
    assert [(step.name, step.after, step.expires_after) for step in spec.steps] == [
        ("push", timedelta(minutes=30), None),
        ("benefit", timedelta(days=1), timedelta(hours=10)),
    ]
    assert [step.channels for step in spec.steps] == [("file",), None]
    assert spec.channels == {"file": {"path": "outbox.jsonl"}}
    assert ladder is not None
    assert [step.planner is None for step in ladder.steps] == [True, False]
    assert [spec.owns(name) for name in ("winback", "winback-push-2026-11-02", "winback-x")] == [
        True,
        True,
        False,
    ]
    assert load(tmp_path).make_ladder(campaign) is None


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ('name = "push"', 'name = "/"', "timing.steps[1].name", "is '/'"),
        ("after_minutes = 30", "minutes = 30", "timing.steps[1].after_minutes", "is missing"),
        ("after_minutes = 30", "after_minutes = -5", "timing.steps[1].after_minutes", "0 or more"),
        ("after_minutes = 30", "after_minutes = inf", "timing.steps[1].after_minutes", "is inf"),
        ("after_minutes = 30", "after_minutes = nan", "timing.steps[1].after_minutes", "is nan"),
        (
            "again_after_days = 7",
            "again_after_days = 9999999999",
            "timing.again_after_days",
            "of a century",
        ),
        ('goals = ["ordered"]', 'goals = ["cart_left"]', "timing.event", "cart_left"),
        ('channels = ["file"]', "colour = 1", "timing.steps[1].colour", "is no key"),
        ('channels = ["file"]', 'channels = ["fax"]', "timing.steps[1].channels", "'fax'"),
    ],
    ids=[
        "name",
        "no delay",
        "before",
        "endless",
        "no number",
        "for good",
        "goal",
        "unknown",
        "channel",
    ],
)
def test_a_trigger_that_cannot_be_is_refused(
    tmp_path: Path, old: str, new: str, key: str, problem: str
) -> None:
    """The error names the key, also within a step."""
    with pytest.raises(ConfigError, match=re.escape(key)) as caught:
        load(tmp_path, ('"fixed"', LADDER.replace(old, new)))

    assert problem in str(caught.value)
