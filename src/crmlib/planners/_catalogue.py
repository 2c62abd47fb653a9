"""A catalogue of messages: one TOML file that a marketer edits."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crmlib.exceptions import ConfigError, TemplateError
from crmlib.planners._alimtalk import from_registered
from crmlib.planners._jinja_template import JinjaTemplate
from crmlib.planners._template import Template
from crmlib.planners._template_planner import DEFAULT, key_name
from crmlib.sections import read_toml

if TYPE_CHECKING:
    from os import PathLike

    from crmlib.planners._template_planner import AnyTemplate, FullKey
    from crmlib.sections import Section

BUTTON: Final = "button"
LOCALE: Final = re.compile(r"[a-zA-Z]{2,3}(?:[-_][a-zA-Z0-9]{2,8})*")
_MEDIUM: Final = re.compile(r"[a-z][a-z0-9_-]*")
_SYNTAXES: Final = ("fields", "jinja")


def load_catalogue(path: str | PathLike[str]) -> dict[FullKey, AnyTemplate]:
    """Read a catalogue of messages, for :class:`TemplatePlanner`.

    Each message has a table ``[[messages]]`` with these keys:

    ======================== ==============================================
    ``segment``              for whom; by default ``"default"``: everybody
    ``locale``               in which language, such as ``"ko"``; by default any
    ``medium``               ``"email"``, ``"sms"``, ``"kakao"``, …; by default any
    ``body``                 plain text
    ``subject``, ``html``    for e-mail
    ``button``               ``{ label = "…", url = "https://…" }``
    ``name``                 what plans and reports call it
    ``syntax``               ``"fields"`` (by default) or ``"jinja"``
    ``registered``,          in place of ``body``: the text of an alimtalk
    ``variables``, ``code``  template as the provider knows it, what stands
                             for each of its ``#{…}``, and what the provider
                             calls it
    ======================== ==============================================

    Returns
    -------
    dict of (segment, locale, medium) to Template or JinjaTemplate
        None stands for any locale or medium.

    Raises
    ------
    ConfigError
        If a key is unknown, missing or has a value that it cannot have, or
        two messages are for the same; the text names the message.
    UnreadableFileError
        If there is no such file, or it may not be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from crmlib.planners import TemplatePlanner, load_catalogue
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "messages.toml"
    >>> _ = file.write_text('''
    ... [[messages]]
    ... segment = "At Risk"
    ... locale = "ko"
    ... medium = "sms"
    ... body = "{name|고객}님, {product_name:이/가} 기다려요."
    ... ''', encoding="utf-8")
    >>> load_catalogue(file)["At Risk", "ko", "sms"].fields
    ('name', 'product_name')
    """
    root = read_toml(Path(path), str(path), "give the path of a catalogue of messages")
    catalogue: dict[FullKey, AnyTemplate] = {}
    for section in root.list_of_tables("messages"):
        key = _read_key(section)
        if key in catalogue:
            raise section.error(
                "segment",
                f"is for {key_name(*key)!r}, which another message is for already",
                "give it another segment, locale or medium",
            )
        try:
            catalogue[key] = read_template(section, key_name(*key))
        except TemplateError as error:
            entry = f"{section.name} for {key_name(*key)!r}"
            raise ConfigError(section.path, entry, error.problem, error.way_out) from error
        section.finish()
    root.finish()
    return catalogue


def read_template(section: Section, name: str) -> AnyTemplate:
    """Read the texts of one message; *name* is what it is called unless it has a name.

    Raises
    ------
    ConfigError
        If a key has a value that it cannot have.
    TemplateError
        If the texts are no template.
    """
    name = section.text("name", name)
    syntax = section.text("syntax", "fields")
    section.check_names("syntax", "syntax", [syntax], _SYNTAXES)
    besides = {
        "subject": section.text("subject", None),
        "html": section.text("html", None),
        **_read_button(section),
        "name": name,
    }
    registered, code = section.text("registered", None), section.text("code", None)
    if registered is None:
        if code is not None:
            raise section.error(
                "code",
                "is beside a body",
                "write the text as registered = …, with #{variables} as the provider knows it",
            )
        kind = JinjaTemplate if syntax == "jinja" else Template
        return kind(body=section.text("body"), **besides)
    if syntax != "fields":
        raise section.error(
            "syntax",
            f"is {syntax!r} beside a registered text",
            "leave it out: variables say what stands there",
        )
    variables = section.table("variables", {})
    words = {key: variables.text(key) for key in variables.keys}
    return from_registered(registered, words, code=code, **besides)


def _read_key(section: Section) -> FullKey:
    segment = section.text("segment", DEFAULT)
    locale, medium = section.text("locale", None), section.text("medium", None)
    if not segment.strip():
        raise section.error("segment", "is blank", "name a segment, or leave it out")
    if locale is not None and not LOCALE.fullmatch(locale):
        raise section.error("locale", f"is {locale!r}", "write one such as ko or en-GB")
    if medium is not None and not _MEDIUM.fullmatch(medium):
        raise section.error("medium", f"is {medium!r}", "write one such as email, sms or kakao")
    return segment, locale, medium


def _read_button(section: Section) -> dict[str, Any]:
    if BUTTON not in section.keys:
        section.table(BUTTON, {})
        return {}
    button = section.table(BUTTON)
    label, url = button.text("label"), button.text("url")
    button.finish()
    return {"button_label": label, "button_url": url}
