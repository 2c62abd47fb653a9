"""Each message of a campaign has a link of its own, signed where keys are given."""

from __future__ import annotations

import attrs
import pytest
from shops_by_hand import SENDER, Shop

from crmlib.campaigns._opt_out_links import OptOutLinks
from crmlib.exceptions import InvalidParameterError
from crmlib.opt_out_links import OptOutKeys

KEYS = OptOutKeys.generate()
SIGNED = attrs.evolve(SENDER, opt_out_url="https://shop.example/o/{opt_out_token}")
KEY = "6753a407247fc4628a3a1e7a8d1fe35e"


def test_a_token_leads_back_to_its_message() -> None:
    """And to no other; the same each time, so a plan made anew is the same plan."""
    links = OptOutLinks.of(SIGNED, KEYS)
    url = links.write(KEY)

    assert url == links.write(KEY)
    assert url.startswith("https://shop.example/o/")
    assert len(url) == len("https://shop.example/o/") + 44
    assert KEYS.read(url.rpartition("/")[2]) == KEY


def test_keys_alone_change_nothing() -> None:
    """A page of one's own is told by the key of the message, a sender without a page by none."""
    assert OptOutLinks.of(SENDER, KEYS).write(KEY) == f"https://shop.example/out/{KEY}"
    assert OptOutLinks.of(attrs.evolve(SENDER, opt_out_url=None), KEYS).write(KEY) is None


def test_tokens_need_keys() -> None:
    """Otherwise every link of the campaign would be dead."""
    with pytest.raises(InvalidParameterError, match="opt_out_keys must be the keys that sign"):
        OptOutLinks.of(SIGNED, None)


def test_keys_are_not_shown() -> None:
    """Neither by the links nor by what holds them."""
    assert KEYS.keys[0].secret.hex() not in repr(OptOutLinks.of(SIGNED, KEYS))


def test_each_message_of_a_plan_has_its_own() -> None:
    """In the column of the plan, and in the text where the policy wants it."""
    plan = Shop(n=3).plan(sender=SIGNED, opt_out_keys=KEYS, holdout=0.0)
    sent = plan.table[plan.table["decision"] == "send"]

    assert len(sent) == 3
    for url, key, text in zip(
        sent["opt_out_url"], sent["message_key"], sent["message"], strict=True
    ):
        assert KEYS.read(url.rpartition("/")[2]) == key
        assert url in text
