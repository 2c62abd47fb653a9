"""What ``crmlib serve`` is told of delivery reports by its TOML file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmlib.channels import Secret
from crmlib.web._report_secrets import ReportSecrets

if TYPE_CHECKING:
    from crmlib.sections import Section

_SECRETS: Final = {"solapi": "secret", "nhncloud": "secret", "twilio": "auth_token"}
"""Each provider, and what its secret is called there."""


def read_report_secrets(root: Section) -> ReportSecrets | None:
    """Read ``[reports]``, if there is one: a table for each provider that reports."""
    if "reports" not in root.keys:
        return None
    section = root.table("reports")
    given: dict[str, Any] = {}
    for provider in section.tables:
        section.check_names(provider, "provider of reports", [provider], list(_SECRETS))
        own = section.table(provider)
        given[provider] = _read_secret(own, _SECRETS[provider])
        if provider == "twilio":
            given["twilio_url"] = url = own.text("url")
            with own.owning("url"):
                ReportSecrets(twilio=given[provider], twilio_url=url)
        own.finish()
    section.finish()
    return ReportSecrets(**given)


def _read_secret(section: Section, key: str) -> Secret:
    """Read a secret; no error repeats it."""
    value = section.resolve(key, section.setting(key))
    if not isinstance(value, str):
        told = "is missing" if value is None else "is no text in quotes"
        raise section.error(key, told, f'write {key} = "env:NAME", and set that variable')
    with section.owning(key):
        return Secret(value, key)
