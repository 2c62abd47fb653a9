"""A check is a promise that can be called, named and read."""

import pickle
import subprocess
import sys

import pytest

from crmlib.exceptions import ConformanceError, CRMLibError
from crmlib.testing import Check


def is_even(number: int) -> None:
    """Every number is even.

    What follows is no part of the sentence.
    """
    if number % 2:
        raise ConformanceError("an even number", str(number), "add one")


def test_a_kept_promise_is_silent() -> None:
    """Calling a check whose promise is kept gives nothing."""
    assert Check(is_even, 4)() is None


def test_a_broken_promise_says_how_to_mend_it() -> None:
    """The error tells what was expected, what came, and the way out."""
    with pytest.raises(
        ConformanceError, match="expected an even number, got 3; add one"
    ) as caught:
        Check(is_even, 3)()

    assert caught.value.expected == "an even number"
    assert caught.value.came == "3"
    assert caught.value.way_out == "add one"


def test_a_foreign_error_becomes_one_of_ours() -> None:
    """What a plug-in raises by mistake is a ConformanceError that keeps the cause."""
    with pytest.raises(ConformanceError, match="every number is even, got TypeError") as caught:
        Check(is_even, None)()

    assert isinstance(caught.value.__cause__, TypeError)


def test_name_and_sentence_are_those_of_the_promise() -> None:
    """A check reads as the function it runs: its name, and the first sentence of its docstring."""
    check = Check(is_even, 4)

    assert str(check) == "is_even"
    assert check.sentence == "Every number is even."


def test_the_error_is_an_assertion_and_survives_pickling() -> None:
    """Test runners count it as a failure, also from another process."""
    error = pickle.loads(pickle.dumps(ConformanceError("this", "that", "mend it")))

    assert isinstance(error, AssertionError)
    assert isinstance(error, CRMLibError)
    assert str(error) == "expected this, got that; mend it"


def test_the_kit_needs_no_test_runner() -> None:
    """Checks of channels run in a process that loads neither pytest, pandas nor scikit-learn."""
    program = """
import sys
from crmlib.interfaces import Channel
from crmlib.messages import Capabilities, DeliveryReceipt, Outcome
from crmlib.testing import channel_checks

class NullChannel(Channel):
    name = "null"
    capabilities = Capabilities(
        medium="email", address_field="email", subject=True, html=True, button=True,
        registered_templates=True,
    )

    def send(self, messages):
        return [DeliveryReceipt(key=m.key, outcome=Outcome.ACCEPTED) for m in messages]

for check in channel_checks(NullChannel):
    check()
print(sorted({"pytest", "numpy", "pandas", "sklearn"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.stdout.strip(), done.stderr) == ("[]", "")
