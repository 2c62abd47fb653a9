"""Texts with merge fields, checked when they are made."""

from __future__ import annotations

import attrs
from attrs import validators

from crmlib.exceptions import TemplateError
from crmlib.planners._html_places import place_fields
from crmlib.planners._merge_text import MergeText, parse

PARTS = ("subject", "body", "html")


@attrs.frozen(kw_only=True)
class Template:
    """One message for many customers, with merge fields in place of what differs.

    ``{name}`` stands for the value of the column ``name`` of the audience,
    ``{name|there}`` for ``there`` where a customer has none.  ``{{`` and
    ``}}`` stand for braces.  There are no expressions.  In the HTML part the
    values of customers are escaped, in links percent-encoded.

    Parameters
    ----------
    body : str
        Plain text.
    subject : str, optional
        One line; e-mail needs it.
    html : str, optional
        The same message in HTML.
    name : str, optional
        What plans and reports call it; else the segment that it is for.

    Attributes
    ----------
    fields : tuple of str
        The columns that it uses, in the order of their first use.

    Raises
    ------
    TemplateError
        If a brace or field is malformed (with line and column), if the body
        is empty, if the subject has a line break, or if a field stands in the
        HTML where a customer's value could become code, a tag or the target
        of a link.

    Examples
    --------
    >>> from crmlib.planners import Template
    >>> template = Template(
    ...     subject="We miss you, {name|dear customer}",
    ...     body="It has been {recency_days} days.",
    ... )
    >>> template.fields
    ('name', 'recency_days')
    >>> Template(body="Hello {name")
    Traceback (most recent call last):
    crmlib.exceptions.TemplateError: template '(unnamed)' has a lone '{' at line 1, column 7 of \
its body; write {column} or {column|fallback}, and {{ or }} for a brace
    """

    body: str = attrs.field(validator=validators.instance_of(str))
    subject: str | None = attrs.field(
        default=None, validator=validators.optional(validators.instance_of(str))
    )
    html: str | None = attrs.field(
        default=None, validator=validators.optional(validators.instance_of(str))
    )
    name: str | None = attrs.field(
        default=None, validator=validators.optional(validators.instance_of(str))
    )
    parsed: dict[str, MergeText] = attrs.field(init=False, repr=False, eq=False)

    @parsed.default
    def _parse(self) -> dict[str, MergeText]:
        name = self.name or "(unnamed)"
        if not self.body.strip():
            raise TemplateError(name, "has an empty body", "write the text of the message")
        if len((self.subject or "").splitlines()) > 1:
            raise TemplateError(name, "has a line break in its subject", "write it on one line")
        texts = {part: getattr(self, part) for part in PARTS}
        parsed = {part: parse(name, part, text) for part, text in texts.items() if text}
        if "html" in parsed:
            parsed["html"] = place_fields(name, parsed["html"])
        return parsed

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that it uses, in the order of their first use."""
        names = (field.name for text in self.parsed.values() for field in text.fields)
        return tuple(dict.fromkeys(names))
