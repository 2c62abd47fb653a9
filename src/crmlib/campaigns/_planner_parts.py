"""The table ``[planner]`` of a campaign file: how the message of each customer is found."""

from __future__ import annotations

from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import attrs

from crmlib.exceptions import ConfigError, InvalidParameterError, MissingColumnsError
from crmlib.planners import BanditPlanner, InterestPlanner, TemplatePlanner, UpliftPlanner
from crmlib.planners._choosing_planner import ChoosingPlanner
from crmlib.planners._suggestion_scores import REASONS
from crmlib.tables import NO_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    import pandas as pd

    from crmlib.campaigns._data_section import CampaignData
    from crmlib.interfaces import MessagePlanner
    from crmlib.planners import JinjaTemplate, Template
    from crmlib.sections import Section

    Templates = Mapping[Any, Template | JinjaTemplate]

DEFAULT: Final = "default"
CHOOSING: Final = ("bandit", "uplift")


@attrs.frozen(kw_only=True, eq=False)
class PlannerSettings:
    """The table ``[planner]``.

    Parameters
    ----------
    kind : str
        ``"templates"``, ``"interests"``, ``"bandit"`` or ``"uplift"``.
    settings : dict
        Parameters of that planner, as the file has them.
    """

    kind: str
    settings: dict[str, Any]

    @property
    def chooses(self) -> bool:
        """Whether it learns from responses which message to send."""
        return self.kind in CHOOSING

    def check_names(
        self, section: Section, templates: Templates, segments: Sequence[str] | None = None
    ) -> None:
        """Refuse *templates* that are for what there is not.

        Parameters
        ----------
        section : Section
            ``[templates]``.
        templates : mapping of key to Template
            By segment, reason or name, as the kind of planner has it.
        segments : sequence of str, optional
            Those that the segmenter knows; None: not known yet.

        Raises
        ------
        ConfigError
            If one names no segment, no reason, or is called as sending none is.
        """
        for key in templates:
            name = _first(key)
            if self.kind == "interests":
                section.check_names(name, "reason", [name], [*REASONS, DEFAULT])
            elif self.kind == "templates":
                if segments is not None:
                    section.check_names(name, "segment", [name], [*segments, DEFAULT])
            elif name == NO_MESSAGE:
                raise section.error(name, "is what sending none is called", "rename the message")

    def make(
        self,
        templates: Templates,
        *,
        products: pd.DataFrame | None = None,
        timezone: str = "UTC",
        now: datetime | None = None,
    ) -> MessagePlanner:
        """Give the planner, not fitted.

        Parameters
        ----------
        templates : mapping of key to Template
            As :meth:`check_names` takes them.
        products : DataFrame, optional
            The catalogue of products.
        timezone : str
            IANA zone of the account.
        now : datetime, optional
            When the messages go out.
        """
        if self.kind == "interests":
            return InterestPlanner(
                templates, catalogue=products, timezone=timezone, **self.settings
            )
        if self.kind == "bandit":
            return BanditPlanner(_by_name(templates), as_of=now, **self.settings)
        if self.kind == "uplift":
            return UpliftPlanner(_by_name(templates), **self.settings)
        return TemplatePlanner(templates)


def read_planner(
    root: Section, templates: Templates, data: CampaignData, name: str
) -> PlannerSettings:
    """Read ``[planner]``; the draws of the campaign *name* are its own.

    Raises
    ------
    ConfigError
        If a key is unknown or has a value that it cannot have, or ``[data]``
        names a file that this kind of planner does not read.
    """
    kinds: dict[str, Callable[[Section], dict[str, Any]]] = {
        "templates": lambda _: {},
        "interests": _read_interests,
        "bandit": _read_bandit,
        "uplift": _read_uplift,
    }
    section, data_section = root.table("planner", {}), root.table("data")
    kind = section.text("kind", "templates")
    section.check_names("kind", "kind", [kind], list(kinds))
    settings = kinds[kind](section)
    if kind in CHOOSING:
        settings |= _read_choosing(section, name, 0.1 if kind == "bandit" else 0.05)
    section.finish()
    if data.responses and kind not in CHOOSING:
        way_out = f"give [planner] one of the kinds {list(CHOOSING)}, or leave it out"
        raise data_section.error("responses", f"is not read by the planner {kind!r}", way_out)
    if data.products is not None and kind != "interests":
        way_out = 'give [planner] the kind "interests", or leave it out'
        raise data_section.error("products", f"is not read by the planner {kind!r}", way_out)
    made = PlannerSettings(kind=kind, settings=settings)
    made.check_names(root.table("templates"), templates)
    planner = made.make(templates)
    if isinstance(planner, ChoosingPlanner):
        with _owning_keys(section):
            planner.check()
    return made


def fit_planner(
    planner: MessagePlanner,
    transactions: pd.DataFrame,
    responses: pd.DataFrame | None,
    *,
    section: Section,
    data_section: Section,
) -> MessagePlanner:
    """Fit *planner*, if it chooses on *responses* too.

    Raises
    ------
    ConfigError
        If a setting or the file of responses cannot be.
    """
    with _owning_keys(section):
        if isinstance(planner, ChoosingPlanner):
            with data_section.owning("responses"), _owning_context(section):
                return planner.fit(transactions, responses)
        # what is unknown then is a category
        with section.owning("complements" if "complements" in section.keys else "kind"):
            return planner.fit(transactions)


@contextmanager
def _owning_keys(section: Section) -> Iterator[None]:
    """Blame the key of *section* that a parameter is called like."""
    try:
        yield
    except ConfigError as error:
        cause = error.__cause__
        if not isinstance(cause, InvalidParameterError):
            raise
        raise section.error(cause.name, *_told(cause)) from cause
    except InvalidParameterError as error:
        raise section.error(error.name, *_told(error)) from error


@contextmanager
def _owning_context(section: Section) -> Iterator[None]:
    """Blame the context for a column that the responses lack because of it."""
    try:
        yield
    except MissingColumnsError as error:
        if not set(error.missing) <= set(section.texts("context", ())):
            raise
        raise section.error(
            "context",
            f"names {error.missing}, which data.responses lacks",
            f"it has {error.available}",
        ) from error


def _told(error: InvalidParameterError) -> tuple[str, str]:
    return f"is {error.value!r}", f"it must be {error.expected}"


def _read_interests(section: Section) -> dict[str, Any]:
    return {
        "complements": section.value(
            "complements", 'a table such as { tops = ["bottoms"] }', (dict,), None
        ),
        "exclude": section.texts("exclude", ()),
        "repeats": section.value("repeats", "true or false", (bool,), True),
        "weights": section.value("weights", "a table such as { new = 0.2 }", (dict,), None),
        "half_life_days": section.number("half_life_days", 180.0),
        "max_products": section.whole_number("max_products", 5000),
    }


def _read_bandit(section: Section) -> dict[str, Any]:
    return {
        "prior_strength": section.number("prior_strength", None),
        "fatigue": section.number("fatigue", 0.0),
        "half_life_days": section.number("half_life_days", 15.0),
    }


def _read_uplift(section: Section) -> dict[str, Any]:
    return {
        "context": list(section.texts("context")),
        "learner": section.text("learner", "DR"),
        "costs": section.value("costs", "a table such as { coupon = 0.02 }", (dict,), None),
        "budget": section.number("budget", 1.0),
    }


def _read_choosing(section: Section, name: str, exploration: float) -> dict[str, Any]:
    own = int.from_bytes(blake2b(name.encode(), digest_size=4).digest())
    return {
        "gate": section.value("gate", "true or false", (bool,), True),
        "exploration": section.number("exploration", exploration),
        "random_state": section.whole_number("random_state", own),
    }


def _by_name(templates: Templates) -> dict[str, MessagePlanner]:
    """Give a planner for each message, which has a template for each language and medium."""
    messages: dict[str, dict[Any, Template | JinjaTemplate]] = {}
    for key, template in templates.items():
        besides = key[1:] if isinstance(key, tuple) else ()
        messages.setdefault(_first(key), {})[(DEFAULT, *besides)] = template
    return {name: TemplatePlanner(texts) for name, texts in messages.items()}


def _first(key: Any) -> str:
    return str(key[0] if isinstance(key, tuple) else key)
