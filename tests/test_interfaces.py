"""The four interfaces ask for little and give what all plug-ins share."""

import pandas as pd
import pytest
from sklearn.base import clone

from crmlib import interfaces
from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import Channel, MessagePlanner, Segmenter, TimingModel
from crmlib.messages import Capabilities, DeliveryReceipt, Message

ABSTRACT = {
    Segmenter: {"fit", "predict"},
    MessagePlanner: {"fit", "plan"},
    TimingModel: {"fit", "preferences"},
    Channel: {"send"},
}


class OneSegment(Segmenter):
    """Everybody is in one segment."""

    def __init__(self, name: str = "All") -> None:
        self.name = name

    def fit(self, customers: pd.DataFrame, y: None = None) -> "OneSegment":
        """Learn nothing."""
        self.segments_ = (self.name,)
        return self

    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        """Name the one segment."""
        return pd.Series(self.name, index=customers.index, name="segment", dtype="str")


class Frequent(Segmenter):
    """Tells who buys often."""

    def fit(self, customers: pd.DataFrame, y: None = None) -> "Frequent":
        """Learn nothing."""
        self.segments_ = ("often", "rarely", "never")
        return self

    def predict(self, customers: pd.DataFrame) -> "pd.Series[str]":
        """Look at the orders."""
        names = (customers["frequency"] > 5).map({True: "often", False: "rarely"})
        return names.astype("str").rename("segment")


class AnyHour(TimingModel):
    """Likes every hour the same."""

    def fit(
        self, events: pd.DataFrame, y: None = None, *, zones: "pd.Series[str] | None" = None
    ) -> "AnyHour":
        """Learn nothing."""
        return self

    def preferences(self, customers: pd.DataFrame, slots: pd.DatetimeIndex) -> object:
        """Never asked here."""
        raise AssertionError("nobody asks here")


class Drawer(Channel):
    """Takes messages and forgets them."""

    name = "drawer"
    capabilities = Capabilities(medium="email", address_field="email")

    def __init__(self, size: int = 1) -> None:
        self.size = size
        self.closed = 0

    def send(self, messages: list[Message]) -> list[DeliveryReceipt]:
        """Never asked here."""
        raise AssertionError("nobody asks here")

    def close(self) -> None:
        """Count the calls."""
        super().close()
        self.closed += 1


@pytest.mark.parametrize(
    ("interface", "methods"), ABSTRACT.items(), ids=[face.__name__ for face in ABSTRACT]
)
def test_an_interface_asks_for_two_methods_at_most(interface: type, methods: set[str]) -> None:
    """What a plug-in author must write is named by the interface and nothing else is needed."""
    assert interface.__abstractmethods__ == methods
    with pytest.raises(TypeError, match="abstract"):
        interface()


def test_the_room_offers_the_four_interfaces() -> None:
    """Who, what, when and how: four names, documented."""
    assert sorted(interfaces.__all__) == sorted(face.__name__ for face in ABSTRACT)
    assert dir(interfaces) == sorted(interfaces.__all__)


def test_fit_predict_is_fit_then_predict() -> None:
    """A segmenter gets fit_predict for nothing."""
    customers = pd.DataFrame({"frequency": [1, 2]}, index=["a", "b"])

    assert OneSegment("Us").fit_predict(customers).to_dict() == {"a": "Us", "b": "Us"}


def test_a_summary_passes_over_what_is_no_number() -> None:
    """Texts, truth values, gaps and infinite values set nobody apart, and break nothing."""
    customers = pd.DataFrame(
        {
            "frequency": [1, 1, 1, 9],
            "points": pd.array([None, None, None, None], dtype="Int64"),
            "gap": [1.0, None, float("inf"), 1.0],
            "member": [True, True, True, False],
            "region": ["A", "A", "A", "B"],
        },
        index=list("abcd"),
    )

    summary = Frequent().fit(customers).summary(customers)

    assert summary["customers"].to_dict() == {"often": 1, "rarely": 3, "never": 0}
    assert summary["sets_apart"].to_list() == ["high frequency", "low frequency", ""]
    assert summary["mean_frequency"].to_list()[:2] == [9, 1]
    assert Frequent().fit(customers).summary(customers[:0])["customers"].sum() == 0


def test_plug_ins_follow_scikit_learn() -> None:
    """A clone has the parameters of a plug-in and nothing that it learned."""
    fitted = OneSegment("Us").fit(pd.DataFrame())
    twin = clone(fitted)

    assert twin.get_params() == {"name": "Us"}
    assert not hasattr(twin, "segments_")


def test_a_timing_model_gives_a_reason_without_writing_one() -> None:
    """The reason that is inherited names the model, for each customer."""
    customers = pd.DataFrame(index=pd.Index(["a", "b"], name="customer_id"))
    send_at = pd.Series(pd.Timestamp("2012-01-02 10:00", tz="UTC"), index=customers.index)

    reasons = AnyHour().fit(pd.DataFrame()).reasons(customers, send_at)

    assert reasons.to_dict() == {
        "a": "the moment AnyHour likes best",
        "b": "the moment AnyHour likes best",
    }


def test_a_channel_is_made_from_its_settings() -> None:
    """The table of a campaign file becomes the arguments of the constructor."""
    assert Drawer.from_settings({"size": 3}).size == 3


def test_an_unknown_setting_is_named() -> None:
    """A setting that the channel does not know is an error that names channel and setting."""
    with pytest.raises(
        InvalidParameterError, match=r"channels\.drawer must be .*colour"
    ) as caught:
        Drawer.from_settings({"colour": "red"})

    assert caught.value.value == ["colour"]


def test_settings_that_are_unknown_or_missing_are_told_apart() -> None:
    """The error names what is unknown, what is missing and what there is; no words of Python."""

    class Needy(Drawer):
        def __init__(self, path: str) -> None:
            super().__init__(len(path))

    with pytest.raises(InvalidParameterError) as caught:
        Needy.from_settings({"folder": "x"})
    with pytest.raises(InvalidParameterError, match="settings of the right kind"):
        Needy.from_settings({"path": 7})

    assert caught.value.expected == (
        "settings out of ['path'] (unknown: ['folder']; missing: ['path'])"
    )


def test_a_with_block_closes_the_channel_and_lets_errors_out() -> None:
    """The end of the block closes, also when something goes wrong inside."""
    drawer = Drawer()

    with drawer as entered:
        assert entered is drawer
    with pytest.raises(RuntimeError, match="inside"), drawer:
        raise RuntimeError("inside")
    assert drawer.closed == 2
