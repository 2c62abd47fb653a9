"""What to say: one template per segment and language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from crmlib.exceptions import InvalidParameterError
from crmlib.interfaces import MessagePlanner
from crmlib.planners._template import Template
from crmlib.planners._written_messages import write_messages
from crmlib.tables import check_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "default"


class TemplatePlanner(MessagePlanner):
    """Give each customer the template of the segment, in the customer's language.

    For a customer of segment S with the locale ``ko-KR`` the first that there
    is of these is taken: ``(S, "ko-KR")``, ``(S, "ko")``, ``S``,
    ``("default", "ko-KR")``, ``("default", "ko")``, ``"default"``.  A customer
    for whom there is none, or who lacks a value that the template needs, has
    a ``problem`` instead of a text, and the plan holds that row.

    Parameters
    ----------
    templates : mapping of str or (str, str) to Template
        By segment, or segment and locale; ``"default"`` stands for every
        segment that has none of its own.

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
    ...     ("At Risk", "ko"): Template(body="{name}님, 보고 싶었어요."),
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

    def __init__(self, templates: Mapping[str | tuple[str, str], Template]) -> None:
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

    def plan(self, audience: pd.DataFrame, *, medium: str) -> pd.DataFrame:  # noqa: ARG002 -- one text for all media
        """Write one message for each customer of *audience*.

        Parameters
        ----------
        audience : DataFrame of shape (n_customers, n_columns)
            Indexed by ``customer_id``; ``segment``, where there is one
            ``locale``, and the columns that the templates name.
        medium : str
            Ignored: a template reads the same everywhere.

        Returns
        -------
        DataFrame of shape (n_customers, 6), indexed like *audience*
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
        for (segment, locale), places in _kinds(audience).items():
            found = _find(index, segment, locale)
            if found is None:
                columns["problem"][places] = _nothing_for(segment, locale, index)
                continue
            template = index[found]
            columns["template"][places] = template.name or _key_name(*found)
            columns["why"][places] = _why(found, template, segment, audience)
            written = write_messages(template, audience, places)
            for part, texts in written.items():
                columns[part][places] = texts
        return pd.DataFrame(columns, index=audience.index, dtype=object)

    def _index(self) -> dict[tuple[str, str | None], Template]:
        """Give the templates by (segment, locale in lower case or None)."""
        expected = "a mapping of segment or (segment, locale) to Template, with one at least"
        try:
            pairs = list(self.templates.items())
        except AttributeError:
            raise InvalidParameterError("templates", self.templates, expected) from None
        index: dict[tuple[str, str | None], Template] = {}
        for key, template in pairs:
            segment, locale = key if isinstance(key, tuple) and len(key) == 2 else (key, None)  # noqa: PLR2004
            if not isinstance(segment, str) or not isinstance(template, Template):
                raise InvalidParameterError("templates", {key: template}, expected)
            index[segment, None if locale is None else _plain_locale(str(locale))] = template
        if not index:
            raise InvalidParameterError("templates", self.templates, expected)
        return index


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
    index: Mapping[tuple[str, str | None], Template], segment: str | None, locale: str | None
) -> tuple[str, str | None] | None:
    """Give the key of the template for *segment* and *locale*, the closest first."""
    locales: list[str | None] = []
    subtags = _plain_locale(locale or "").split("-")
    while subtags and subtags[0]:
        locales.append("-".join(subtags))
        subtags.pop()
    locales.append(None)
    names = [DEFAULT] if segment is None else [segment, DEFAULT]
    keys = ((name, spoken) for name in names for spoken in locales)
    return next((key for key in keys if key in index), None)


def _plain_locale(locale: str) -> str:
    return locale.replace("_", "-").lower()


def _key_name(segment: str, locale: str | None) -> str:
    return segment if locale is None else f"{segment} ({locale})"


def _nothing_for(
    segment: str | None, locale: str | None, index: Mapping[tuple[str, str | None], Template]
) -> str:
    known = ", ".join(repr(_key_name(*key)) for key in index)
    return (
        f"no template is for the segment {segment!r} and the locale {locale!r}, and none is the "
        f"default; there are {known}"
    )


def _why(
    key: tuple[str, str | None], template: Template, segment: str | None, audience: pd.DataFrame
) -> str:
    name = template.name or _key_name(*key)
    spoken = f" in {key[1]}" if key[1] else ""
    if key[0] == segment:
        why = f"template {name!r} is for the segment {segment}{spoken}"
    else:
        why = f"template {name!r} is the default{spoken}: none is for the segment {segment}"
    known = {audience.index.name, *audience.columns}
    absent = [f"{{{field}}}" for field in template.fields if field not in known]
    if absent:
        why += f"; there is no column for {', '.join(absent)}, so the fallback stands there"
    return why
