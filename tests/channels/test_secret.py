"""Secrets show themselves to nobody who does not ask."""

import copy
import json
import pickle
import traceback

import attrs
import pytest

from crmlib.channels import Secret
from crmlib.exceptions import InvalidParameterError

CANARY = "canary-hunter-2"


@attrs.frozen
class _Settings:
    key: Secret


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{:>30}".format,
        "{!r}".format,
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 -- as logging does it
        lambda secret: repr([secret]),
        lambda secret: repr(_Settings(secret)),
        lambda secret: repr(attrs.asdict(_Settings(secret))),
        lambda secret: str(dir(secret)),
    ],
    ids=["repr", "str", "format", "width", "!r", "percent", "list", "attrs", "asdict", "dir"],
)
def test_no_way_of_writing_shows_it(show: object) -> None:
    """However a secret is written down, its text is not there."""
    assert CANARY not in show(Secret(CANARY))  # type: ignore[operator]


def test_a_traceback_with_its_variables_does_not_show_it() -> None:
    """Tools that print the variables of each frame print no secret."""

    def fail(key: Secret) -> None:
        raise ValueError(key)

    try:
        fail(Secret(CANARY))
    except ValueError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)

    text = "".join(told.format())

    assert "Secret(…)" in text
    assert CANARY not in text


def test_it_is_neither_pickled_nor_turned_into_json() -> None:
    """A secret does not leave the process by accident."""
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret(CANARY))
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"key": Secret(CANARY)})


def test_copies_are_the_same_secret() -> None:
    """Copying a settings object copies its secrets."""
    secret = Secret(CANARY)

    assert copy.copy(secret) == secret
    assert copy.deepcopy([secret]) == [secret]
    assert Secret(secret) == secret
    assert hash(Secret(CANARY)) == hash(secret)
    assert secret != Secret("another")
    assert secret != CANARY


@pytest.mark.parametrize(
    "text", ["", " canary-2", "canary-2\n", "can\nary-2", "can\x00ary-2", None, 12]
)
def test_what_cannot_be_a_secret_is_refused_without_showing_it(text: object) -> None:
    """The end of a line that came along from a file is found, and the text is not repeated."""
    with pytest.raises(InvalidParameterError) as caught:
        Secret(text, "api_key")  # type: ignore[arg-type]

    assert str(caught.value).startswith("api_key must be a text that is not empty, in one line")
    assert "ary-2" not in str(caught.value)
