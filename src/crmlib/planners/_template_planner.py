"""What to say: one template per segment, language and medium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import attrs
import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import MessagePlanner
from crmlib.planners._jinja_template import JinjaTemplate
from crmlib.planners._template import Template
from crmlib.planners._written_messages import write_messages
from crmlib.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Key = str | tuple[str, str] | tuple[str, str | None, str | None]
    AnyTemplate = Template | JinjaTemplate
    FullKey = tuple[str, str | None, str | None]

DEFAULT: Final = "default"
_EXPECTED: Final = (
    "a mapping of segment, (segment, locale) or (segment, locale, medium) to Template, with one "
    "at least"
)


class TemplatePlanner(MessagePlanner):
    """Give each customer the template of the segment, in the customer's language.

    For a customer of segment S with the locale ``ko-KR`` the first that there
    is of these is taken: ``(S, "ko-KR")``, ``(S, "ko")``, ``S``,
    ``("default", "ko-KR")``, ``("default", "ko")``, ``"default"``; at each
    step one for the medium goes before one for all media.  A customer for
    whom there is none, or who lacks a value that the template needs, has a
    ``problem`` instead of a text, and the plan holds that row.

    Parameters
    ----------
    templates : mapping of key to Template or JinjaTemplate
        A key is a segment, ``(segment, locale)`` or ``(segment, locale,
        medium)``, in which None stands for every locale or medium;
        ``"default"`` stands for every segment that has none of its own.
        :func:`crmlib.planners.load_catalogue` reads such a mapping from a file.

    Notes
    -----
    There is nothing to learn: :meth:`fit` only checks the templates, and
    :meth:`plan` works without it.

    Examples
    --------
    >>> import pandas as pd
    >>> from crmlib.planners import Template, TemplatePlanner
    >>> planner = TemplatePlanner({
    ...     "At Risk": Template(body="We miss you, {name}."),
    ...     ("At Risk", "ko"): Template(body="{name}님, 보고 싶었어요. 새 옷이 왔어요."),
    ...     ("At Risk", "ko", "sms"): Template(body="{name}님, 보고 싶었어요."),
    ... })
    >>> audience = pd.DataFrame(
    ...     {"segment": ["At Risk"] * 3, "name": ["Ann", "민아", None],
    ...      "locale": ["en-GB", "ko-KR", None]},
    ...     index=pd.Index(["C1", "C2", "C3"], name="customer_id"),
    ... )
    >>> messages = planner.plan(audience, medium="sms")
    >>> messages["body"].tolist()
    ['We miss you, Ann.', '민아님, 보고 싶었어요.', None]
    >>> messages.loc["C3", "problem"]
    'needs {name}, which is missing for this customer; write {name|…} to say what stands there \
instead'
    """

    _keyed_by: ClassVar[str] = "segment"
    """What the templates are for, in words."""

    def __init__(self, templates: Mapping[Key, AnyTemplate]) -> None:
        self.templates = templates

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, transactions: pd.DataFrame, y: None = None) -> Self:  # noqa: ARG002 -- nothing to learn
        """Check the templates; *transactions* teach nothing.

        Raises
        ------
        InvalidParameterError
            If *templates* is empty, or a key or value is of the wrong kind.
        """
        self._index()
        return self

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:
        """Write one message for each customer of *audience*.

        Parameters
        ----------
        audience : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``; ``segment``, where there is one
            ``locale``, and the columns that the templates name.
        medium : str
            What carries the message: ``"email"``, ``"sms"``, …

        Returns
        -------
        DataFrame of shape (n_customers, n_columns), indexed like *audience*
            As :meth:`crmlib.interfaces.MessagePlanner.plan` says.

        Raises
        ------
        InvalidParameterError
            If *templates* is empty, or a key or value is of the wrong kind.
        MissingColumnsError
            If *audience* has no ``segment``.
        """
        index = self._index()
        check_columns("the audience", audience, ["segment"])
        columns = {column: np.full(len(audience), None, dtype=object) for column in self.columns}
        columns["propensity"][:] = 1.0  # nothing is drawn
        for (segment, locale), places in _kinds(audience).items():
            found = _find(index, segment, locale, medium)
            if found is None:
                columns["problem"][places] = self._nothing_for(segment, locale, medium, index)
                continue
            template = index[found]
            columns["template"][places] = template.name or key_name(*found)
            columns["why"][places] = _why(found, template, segment, audience)
            written = write_messages(template, audience, places)
            for part, texts in written.items():
                columns[part][places] = texts
        return pd.DataFrame(columns, index=audience.index, dtype=object)

    def languages(self, audience: pd.DataFrame, *, medium: str) -> list[str | None]:
        """Give the language of each customer's template; without one that of the customer.

        Parameters as of :meth:`plan`.
        """
        index = self._index()
        languages: list[str | None] = [None] * len(audience)
        for (segment, locale), places in _kinds(audience).items():
            found = _find(index, segment, locale, medium)
            spoken = locale if found is None else index[found].language
            for place in places:
                languages[place] = spoken
        return languages

    def _nothing_for(
        self,
        segment: str | None,
        locale: str | None,
        medium: str,
        index: Mapping[FullKey, AnyTemplate],
    ) -> str:
        known = ", ".join(repr(key_name(*key)) for key in index)
        told = (
            f"no template is for the {self._keyed_by} {segment!r}, the locale {locale!r} and "
            f"{medium}, and none is the default; there are {known}"
        )
        if locale is None and any(key[0] in (segment, DEFAULT) and key[1] for key in index):
            told += "; add a template without a locale, or a locale to the profile of the customer"
        return told

    def _index(self) -> dict[FullKey, AnyTemplate]:
        """Give the templates by (segment, locale in lower case or None, medium or None)."""
        try:
            pairs = list(self.templates.items())
        except AttributeError:
            raise InvalidParameterError("templates", self.templates, _EXPECTED) from None
        index: dict[FullKey, AnyTemplate] = {}
        for key, template in pairs:
            segment, locale, medium = _full_key(key)
            if not isinstance(segment, str) or not isinstance(template, Template | JinjaTemplate):
                raise InvalidParameterError("templates", {key: template}, _EXPECTED)
            spoken = None if locale is None else _plain_locale(str(locale))
            if template.locale is None and locale is not None:
                template = attrs.evolve(template, locale=locale)  # noqa: PLW2901 -- the same, told its language
            index[segment, spoken, medium] = template
        if not index:
            raise InvalidParameterError("templates", self.templates, _EXPECTED)
        return index


def key_name(segment: str, locale: str | None, medium: str | None = None) -> str:
    """Give what a template is called that has no name of its own."""
    besides = ", ".join(word for word in (locale, medium) if word)
    return f"{segment} ({besides})" if besides else segment


def _full_key(key: Any) -> tuple[Any, Any, Any]:
    given = key if isinstance(key, tuple) else (key,)
    if not 1 <= len(given) <= 3:  # noqa: PLR2004 -- segment, locale, medium
        return None, None, None
    segment, locale, medium = (*given, None, None)[:3]
    return segment, locale, medium


def _kinds(audience: pd.DataFrame) -> dict[tuple[str | None, str | None], list[int]]:
    """Give the places of the customers of each segment and locale."""
    segments = _plain(audience["segment"])
    locales = (
        _plain(audience["locale"]) if "locale" in audience.columns else [None] * len(segments)
    )
    places: dict[tuple[str | None, str | None], list[int]] = {}
    for place, kind in enumerate(zip(segments, locales, strict=True)):
        places.setdefault(kind, []).append(place)
    return places


def _plain(column: pd.Series[Any]) -> list[str | None]:
    texts = column.astype(object)
    plain: list[str | None] = texts.where(texts.notna(), None).tolist()
    return plain


def _find(
    index: Mapping[FullKey, AnyTemplate], segment: str | None, locale: str | None, medium: str
) -> FullKey | None:
    """Give the key of the template for *segment*, *locale* and *medium*, the closest first."""
    locales: list[str | None] = []
    subtags = _plain_locale(locale or "").split("-")
    while subtags and subtags[0]:
        locales.append("-".join(subtags))
        subtags.pop()
    locales.append(None)
    names: Sequence[str] = [DEFAULT] if segment is None else [segment, DEFAULT]
    keys = (
        (name, spoken, carried)
        for name in names
        for spoken in locales
        for carried in (medium, None)
    )
    return next((key for key in keys if key in index), None)


def _plain_locale(locale: str) -> str:
    return locale.replace("_", "-").lower()


def _why(key: FullKey, template: AnyTemplate, segment: str | None, audience: pd.DataFrame) -> str:
    name = template.name or key_name(*key)
    spoken = (f" in {key[1]}" if key[1] else "") + (f" by {key[2]}" if key[2] else "")
    if key[0] == segment:
        why = f"template {name!r} is for the segment {segment}{spoken}"
    else:
        why = f"template {name!r} is the default{spoken}: none is for the segment {segment}"
    known = {audience.index.name, *audience.columns}
    absent = [f"{{{field}}}" for field in template.fields if field not in known]
    if absent:
        why += f"; there is no column for {', '.join(absent)}, so the fallback stands there"
    return why
