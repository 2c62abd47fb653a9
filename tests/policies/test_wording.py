"""Labels and footers that the law wants."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import policies
from crmlib.exceptions import InvalidParameterError
from crmlib.messages import MEDIA, Sender
from crmlib.policies import Wording

SENDER = Sender(
    name="가나다 <상점>",
    email="shop@example.com",
    postal_address="서울시 어딘가 1",
    phone="02-123-4567",
    opt_out_phone="0801234567",
    opt_out_url="https://example.com/o/{message_key}",
)
URL = "https://example.com/o/abc?a=1&b=2"


def _dress(
    name: str | tuple[str, ...],
    medium: str,
    subject: str | None,
    body: str,
    html: str | None = None,
) -> tuple[str | None, str, str | None]:
    names = name if isinstance(name, tuple) else (name,)
    rule = policies.load(*names).rule(medium, "advertising")
    return rule.dress(subject, body, html, sender=SENDER, opt_out_url=URL)


def test_korean_email() -> None:
    """The subject begins with (광고), the text ends with sender and both opt-out lines."""
    subject, body, html = _dress("KR", "email", "세일", "안녕하세요")

    assert subject == "(광고) 세일"
    assert body == (
        "안녕하세요\n\n"
        "가나다 <상점>\n서울시 어딘가 1\nshop@example.com\n02-123-4567\n"
        f"수신을 원하지 않으시면 여기에서 수신을 거부하실 수 있습니다: {URL}\n"
        f"To unsubscribe: {URL}"
    )
    assert html is None


def test_html_is_escaped_and_put_inside_the_body() -> None:
    """The HTML part shows the same lines, escaped, with a link, before the end of the body."""
    html = "<html><body><p>x</p><!-- </body> --></BODY ></html><!-- </body> -->"

    _, _, dressed = _dress("KR", "email", "x", "x", html)

    assert dressed is not None
    head, tail = dressed.split("<hr>")
    assert head == "<html><body><p>x</p><!-- </body> -->"
    assert tail.startswith("\n<p>가나다 &lt;상점&gt;<br>\n서울시 어딘가 1<br>\n")
    href = "https://example.com/o/abc?a=1&amp;b=2"
    assert f'To unsubscribe: <a href="{href}">{href}</a></p>\n</BODY ></html>' in tail


def test_html_without_a_body_tag() -> None:
    """In a fragment the label goes first and the lines last."""
    _, _, dressed = _dress("KR", "sms", None, "x", "<p>x</p>")

    assert dressed == (
        "<p>(광고)가나다 &lt;상점&gt;</p>\n<p>x</p><hr>\n<p>무료수신거부 0801234567</p>\n"
    )


def test_html_label_goes_behind_the_body_tag() -> None:
    """In a whole page the label goes right behind the opening body tag."""
    _, _, dressed = _dress("KR", "sms", None, "x", '<body class="a">x</body>')

    assert dressed is not None
    assert dressed.startswith('<body class="a"><p>(광고)')


def test_korean_text_message() -> None:
    """The text begins with (광고) and the sender and ends with the free number."""
    _, body, _ = _dress("KR", "sms", None, "오늘만 세일")

    assert body == "(광고)가나다 <상점>\n오늘만 세일\n무료수신거부 0801234567"


def test_the_korean_ending_stays_last_in_a_union() -> None:
    """With US rules beside the Korean ones the text still ends as Korea wants."""
    _, body, _ = _dress(("KR", "US"), "sms", None, "sale")

    assert body.startswith("(광고)가나다 <상점>\nsale\n")
    assert body.endswith("\nReply STOP to opt out\n무료수신거부 0801234567")


def test_a_union_says_no_line_twice() -> None:
    """KR, US and EU share the English opt-out line and the name."""
    _, body, _ = _dress(("KR", "US", "EU"), "email", "x", "x")

    assert body.count("To unsubscribe") == 1
    assert body.count("가나다 <상점>") == 1


@pytest.mark.parametrize(
    "subject",
    [
        "세일",
        "(광고) 세일",
        "(광고)세일",
        "[광고] 세일",
        "(광 고)세일",
        " (광.고) 세일",
        "(광고)[광고] 세일",
        "\u200b(광고) 세일",
        "【광고】세일",
        "<광고>세일",
    ],
)
def test_the_label_is_neither_doubled_nor_refused(subject: str) -> None:
    """However the author spelt the label, the subject begins with the one that is allowed."""
    dressed, _, _ = _dress("KR", "email", subject, "x")

    assert dressed == "(광고) 세일"


@pytest.mark.parametrize("subject", ["광고 없는 음악", "광고주님께", "세일 (광고)"])
def test_a_word_is_no_label(subject: str) -> None:
    """The word for advertising without brackets in front stays where it is."""
    dressed, _, _ = _dress("KR", "email", subject, "x")

    assert dressed == f"(광고) {subject}"


def test_no_subject_becomes_the_label() -> None:
    """An e-mail without a subject gets the label as its subject."""
    assert _dress("KR", "email", None, "x")[0] == "(광고)"


def test_us_email_has_no_label() -> None:
    """CAN-SPAM asks for no label, so the subject stays what it was."""
    assert _dress("US", "email", "Sale", "x")[0] == "Sale"
    assert _dress("US", "email", None, "x")[0] is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("(광고)가나다 <상점> 오늘", "(광고)가나다 <상점> 오늘\n무료수신거부 0801234567"),
        ("[광고] 가나다 <상점> 오늘", "(광고)가나다 <상점> 오늘\n무료수신거부 0801234567"),
        (
            "오늘\n무료수신거부 0801234567  \n",
            "(광고)가나다 <상점>\n오늘\n무료수신거부 0801234567",
        ),
    ],
)
def test_what_the_author_wrote_is_not_doubled(body: str, expected: str) -> None:
    """Label, name and ending that are there already are not added."""
    assert _dress("KR", "sms", None, body)[1] == expected


def test_a_name_is_not_found_inside_a_longer_word() -> None:
    """A text that begins with a word that begins like the name still gets the name."""
    wording = Wording(body_labels=("(AD)",), opening=("{name}",))
    sender = Sender(name="Spar", email="shop@example.com")

    _, body, _ = wording.tailor(sender).put_on(
        subject=None, body="Sparkling wine", html=None, opt_out_url=None
    )

    assert body == "(AD)Spar\nSparkling wine"


def test_labels_without_a_name() -> None:
    """A label of the text alone stands right before it."""
    wording = Wording(body_labels=("<ADV>",))
    sender = Sender(name="Shop", email="shop@example.com")

    dress = wording.tailor(sender)

    assert dress.put_on(subject=None, body="x", html=None, opt_out_url=None)[1] == "<ADV>x"


def test_missing_fields_are_named() -> None:
    """The fields that have to be shown and are empty are named, in a fixed order."""
    rule = policies.load("KR").rule("email", "advertising")
    bare = Sender(name="Shop", email="shop@example.com", phone="")

    assert rule.missing_sender_fields(bare) == ["postal_address", "phone", "opt_out_url"]
    assert rule.missing_sender_fields(None) == [
        "name",
        "email",
        "postal_address",
        "phone",
        "opt_out_url",
    ]
    assert rule.missing_sender_fields(SENDER) == []


def test_dressing_with_an_incomplete_sender_is_an_error() -> None:
    """Nothing is dressed with a hole in it."""
    rule = policies.load("KR").rule("email", "advertising")

    with pytest.raises(InvalidParameterError, match=r"complete.*'opt_out_url'"):
        rule.dress("x", "x", None, sender=SENDER, opt_out_url=None)


texts = st.text(st.sampled_from("가 광고a(<[])>\n.무료\u200b"), min_size=1, max_size=12)


@given(
    subject=st.none() | texts,
    body=texts,
    html=st.none() | texts,
    name=texts.filter(str.strip),
    names=st.sampled_from(
        [("KR",), ("US",), ("EU",), ("KR", "US", "EU"), ("US", "KR"), ("SG",), ("JP", "UK")]
    ),
    medium=st.sampled_from(MEDIA),
)
@settings(max_examples=300, deadline=None)
def test_dressing_twice_is_dressing_once(
    *,
    subject: str | None,
    body: str,
    html: str | None,
    name: str,
    names: tuple[str, ...],
    medium: str,
) -> None:
    """A dressed message stays as it is."""
    rule = policies.load(*names).rule(medium, "advertising")
    sender = Sender(
        name=name,
        email="shop@example.com",
        postal_address="1 Road",
        phone="1",
        opt_out_phone="080",
    )

    once = rule.dress(subject, body, html, sender=sender, opt_out_url=URL)
    twice = rule.dress(*once, sender=sender, opt_out_url=URL)

    assert twice == once
    if "KR" in names:
        assert (once[0] if medium == "email" else once[1]).startswith("(광고)")
