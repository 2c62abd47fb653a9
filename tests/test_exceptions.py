"""Every error says what was expected, what came, and the way out."""

import copy
import inspect
import pickle
from collections.abc import Callable

import pytest

from crmlib import exceptions
from crmlib.exceptions import CRMLibError, CRMLibWarning, DataQualityWarning

ERRORS = [
    kind
    for _, kind in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(kind, CRMLibError) and kind is not CRMLibError
]
TEXTS = {
    "InvalidParameterError": (
        ("n_bins", 1, "from 2 to 9"),
        "n_bins must be from 2 to 9, got 1",
        ValueError,
    ),
    "MissingColumnsError": (
        ("customers", ["frequency"], ["recency_days"]),
        "customers lacks the columns ['frequency']; it has ['recency_days']",
        ValueError,
    ),
    "InvalidTableError": (
        ("consents", "has empty cells", "fill them"),
        "consents has empty cells; fill them",
        ValueError,
    ),
    "UnreadableFileError": (
        ("a.csv", "it is empty", "give another"),
        "a.csv: it is empty; give another",
        ValueError,
    ),
    "UnknownNameError": (
        ("channel", "smpt", ["smtp", "file"]),
        "there is no channel 'smpt'; did you mean 'smtp'? there are ['file', 'smtp']",
        LookupError,
    ),
    "MissingExtraError": (
        ("the report", "plots"),
        "the report needs an extra: pip install 'crmlib[plots]'",
        ImportError,
    ),
    "ConfigError": (
        ("a.toml", "holdout", "is 2", "give a share below 1"),
        "a.toml: holdout is 2; give a share below 1",
        ValueError,
    ),
    "TemplateError": (
        ("hi", "has no body", "write one"),
        "template 'hi' has no body; write one",
        ValueError,
    ),
    "UnsafeTextError": (
        ("subject", "holds control characters"),
        ("subject holds control characters; write it on one line, without control characters"),
        ValueError,
    ),
    "InvalidAddressError": (
        ("email", "it is empty"),
        "email cannot be used: it is empty",
        ValueError,
    ),
    "UnsupportedFeatureError": (
        ("channel 'fax'", "carry HTML", "leave it out"),
        "channel 'fax' cannot carry HTML; leave it out",
        ValueError,
    ),
    "PluginLoadError": (
        ("channel", "fax", "crmlib-fax", "ImportError: x"),
        (
            "channel 'fax' of package 'crmlib-fax' cannot be loaded (ImportError: x); "
            "repair or uninstall that package"
        ),
        ImportError,
    ),
    "DuplicatePluginError": (
        ("channel", "fax", ["b", "a"]),
        "channel 'fax' is registered by 2 packages: ['a', 'b']; uninstall all but one",
        LookupError,
    ),
    "PlanNotApprovedError": (
        ("abc", "abd"),
        ("the approval 'abd' is not for this plan; read the plan, then approve its digest 'abc'"),
        ValueError,
    ),
    "PlanTooLargeError": (
        ("winback", 50000, 10000, "the most of a first plan"),
        (
            "the plan of 'winback' writes to 50000 and may write to 10000 (the most of a first "
            "plan); look at it again, and if so many are meant, name the number: "
            "recipients=50000 (crmlib: --recipients 50000)"
        ),
        ValueError,
    ),
    "PlanAlteredError": (
        ("a.plan", "a row was changed"),
        "a.plan: a row was changed; make the plan again and approve the new one",
        ValueError,
    ),
    "LedgerUnavailableError": (
        ("sqlite:///a.db", "it is locked", "try again"),
        "sqlite:///a.db: it is locked; try again",
        OSError,
    ),
    "LedgerLineageError": (
        ("sqlite:///a.db", "it was copied"),
        (
            "sqlite:///a.db: it was copied; go on with the original, or, if that will never "
            "send again, adopt this one (crmlib adopt, or crmlib.Ledger.adopt)"
        ),
        ValueError,
    ),
    "WarrantyRefusedError": (
        ("expired", "the warranty has ended", "ask the seller"),
        "the warranty has ended; ask the seller",
        ValueError,
    ),
    "ConformanceError": (
        ("a list", "None", "return one"),
        "expected a list, got None; return one",
        AssertionError,
    ),
    "ChannelBrokenError": (
        ("fax", "KeyError"),
        (
            "channel 'fax' raised KeyError again and again; what it had in hand is 'unknown', "
            "the rest still waits: repair the channel, then run the same command"
        ),
        RuntimeError,
    ),
    "UntrustedReportError": (
        ("twilio", "its signature does not fit", "compare the auth token"),
        (
            "a report that says it is from twilio: its signature does not fit; "
            "compare the auth token"
        ),
        ValueError,
    ),
}


def test_every_error_is_tried() -> None:
    """No error class is missing from the table above."""
    assert sorted(TEXTS) == sorted(kind.__name__ for kind in ERRORS)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
def test_text_facts_and_ancestry(kind: type[CRMLibError]) -> None:
    """The text is as written down, the facts are attributes, and callers of old can catch it."""
    args, text, builtin = TEXTS[kind.__name__]

    error = kind(*args)

    assert str(error) == text
    assert isinstance(error, builtin)
    assert isinstance(error, CRMLibError)
    names = [name for name in inspect.signature(kind.__init__).parameters if name != "self"]
    for name, given in zip(names, args, strict=False):
        kept = getattr(error, name)
        assert (sorted(kept) if isinstance(kept, list) else kept) == (
            sorted(given) if isinstance(given, list) else given
        )


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("passed_on", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_errors_survive_the_way_between_processes(
    kind: type[CRMLibError], passed_on: Callable[[CRMLibError], CRMLibError]
) -> None:
    """A copied or pickled error has the same class, text and facts."""
    error = kind(*TEXTS[kind.__name__][0])

    again = passed_on(error)

    assert type(again) is kind
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_a_name_that_is_like_no_other_gets_no_hint() -> None:
    """Without a close match the error lists what there is and guesses nothing."""
    error = exceptions.UnknownNameError("channel", "xyz", ["smtp"])

    assert str(error) == "there is no channel 'xyz'; there are ['smtp']"


def test_missing_columns_may_come_with_a_way_out() -> None:
    """A way out is added to the text where there is one."""
    error = exceptions.MissingColumnsError("orders", ["a"], ["b"], "map them with columns=")

    assert str(error) == "orders lacks the columns ['a']; it has ['b']; map them with columns="


def test_warnings_have_a_root_of_their_own() -> None:
    """All warnings of crmlib can be filtered by one class."""
    assert issubclass(DataQualityWarning, CRMLibWarning)
    assert issubclass(CRMLibWarning, UserWarning)
