"""Every error and warning that crmlib raises on purpose.

Each error keeps its facts as attributes, takes them positionally (so that it
survives pickling) and builds its text from them: what was expected, what came,
and the way out.  The command line prints that text as one line.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class CRMLibError(Exception):
    """The root of all errors of crmlib."""


class CRMLibWarning(UserWarning):
    """The root of all warnings of crmlib."""


class DataQualityWarning(CRMLibWarning):
    """Rows or customers were left out; the text counts them."""


class MissingFontWarning(CRMLibWarning):
    """No font here can write some names; the text says what stands for them in the picture."""


class InvalidParameterError(CRMLibError, ValueError):
    """A parameter has a value that it cannot have."""

    def __init__(self, name: str, value: object, expected: str) -> None:
        super().__init__(name, value, expected)
        self.name = name
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        return f"{self.name} must be {self.expected}, got {self.value!r}"


class MissingColumnsError(CRMLibError, ValueError):
    """A table lacks columns that are needed."""

    def __init__(
        self, table: str, missing: Sequence[str], available: Sequence[str], way_out: str = ""
    ) -> None:
        super().__init__(table, missing, available, way_out)
        self.table = table
        self.missing = list(missing)
        self.available = list(available)
        self.way_out = way_out

    def __str__(self) -> str:
        text = f"{self.table} lacks the columns {self.missing}; it has {self.available}"
        return f"{text}; {self.way_out}" if self.way_out else text


class InvalidTableError(CRMLibError, ValueError):
    """A table holds what it cannot hold: negative counts, repeated ids, no rows."""

    def __init__(self, table: str, problem: str, way_out: str) -> None:
        super().__init__(table, problem, way_out)
        self.table = table
        self.problem = problem
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.table} {self.problem}; {self.way_out}"


class UnreadableFileError(CRMLibError, ValueError):
    """A file cannot be read as what it should be."""

    def __init__(self, path: str, problem: str, way_out: str) -> None:
        super().__init__(path, problem, way_out)
        self.path = path
        self.problem = problem
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}; {self.way_out}"


class UnknownNameError(CRMLibError, LookupError):
    """A name is not among those that there are; *they* says which of them are listed."""

    def __init__(
        self, kind: str, name: str, known: Sequence[str], they: str = "there are"
    ) -> None:
        super().__init__(kind, name, known, they)
        self.kind = kind
        self.name = name
        self.known = sorted(known)
        self.they = they

    def __str__(self) -> str:
        close = get_close_matches(self.name, self.known, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        return f"there is no {self.kind} {self.name!r}; {hint}{self.they} {self.known}"


class MissingExtraError(CRMLibError, ImportError):
    """A feature needs a package that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(feature, extra)
        self.feature = feature
        self.extra = extra

    def __str__(self) -> str:
        return f"{self.feature} needs an extra: pip install 'crmlib[{self.extra}]'"


class ConfigError(CRMLibError, ValueError):
    """A key of a campaign, rules or policy file is unknown, missing, or its value cannot be."""

    def __init__(self, path: str, key: str, problem: str, way_out: str) -> None:
        super().__init__(path, key, problem, way_out)
        self.path = path
        self.key = key
        self.problem = problem
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.path}: {self.key} {self.problem}; {self.way_out}"


class TemplateError(CRMLibError, ValueError):
    """A template cannot be used as it is written."""

    def __init__(self, template: str, problem: str, way_out: str) -> None:
        super().__init__(template, problem, way_out)
        self.template = template
        self.problem = problem
        self.way_out = way_out

    def __str__(self) -> str:
        return f"template {self.template!r} {self.problem}; {self.way_out}"


class UnsafeTextError(CRMLibError, ValueError):
    """A text holds characters that could forge a header or hide another text."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.field} {self.problem}; write it on one line, without control characters"


class InvalidAddressError(CRMLibError, ValueError):
    """An address cannot be delivered to.  The text does not repeat the address."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.field} cannot be used: {self.problem}"


class UnsupportedFeatureError(CRMLibError, ValueError):
    """A channel or store was asked for what it cannot do."""

    def __init__(self, subject: str, feature: str, way_out: str) -> None:
        super().__init__(subject, feature, way_out)
        self.subject = subject
        self.feature = feature
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.subject} cannot {self.feature}; {self.way_out}"


class PluginLoadError(CRMLibError, ImportError):
    """A channel or source is registered but cannot be loaded.  The cause is kept."""

    def __init__(self, kind: str, name: str, package: str, problem: str) -> None:
        super().__init__(kind, name, package, problem)
        self.kind = kind
        self.name = name
        self.package = package
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"{self.kind} {self.name!r} of package {self.package!r} cannot be loaded "
            f"({self.problem}); repair or uninstall that package"
        )


class DuplicatePluginError(CRMLibError, LookupError):
    """Two packages register one name of a channel or source."""

    def __init__(self, kind: str, name: str, packages: Sequence[str]) -> None:
        super().__init__(kind, name, packages)
        self.kind = kind
        self.name = name
        self.packages = sorted(packages)

    def __str__(self) -> str:
        return (
            f"{self.kind} {self.name!r} is registered by {len(self.packages)} packages: "
            f"{self.packages}; uninstall all but one"
        )


class PlanNotApprovedError(CRMLibError, ValueError):
    """A plan was to be sent with an approval that is not its own."""

    def __init__(self, digest: str, approved: str) -> None:
        super().__init__(digest, approved)
        self.digest = digest
        self.approved = approved

    def __str__(self) -> str:
        return (
            f"the approval {self.approved!r} is not for this plan; read the plan, then "
            f"approve its digest {self.digest!r}"
        )


class PlanTooLargeError(CRMLibError, ValueError):
    """A plan reaches more than it may without a word from the operator."""

    def __init__(self, campaign: str, planned: int, most: int, why: str) -> None:
        super().__init__(campaign, planned, most, why)
        self.campaign = campaign
        self.planned = planned
        self.most = most
        self.why = why

    def __str__(self) -> str:
        return (
            f"the plan of {self.campaign!r} writes to {self.planned} and may write to {self.most} "
            f"({self.why}); look at it again, and if so many are meant, name the number: "
            f"recipients={self.planned} (crmlib: --recipients {self.planned})"
        )


class PlanAlteredError(CRMLibError, ValueError):
    """A plan file is not what was saved."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}; make the plan again and approve the new one"


class LedgerUnavailableError(CRMLibError, OSError):
    """The ledger cannot be written, so nothing can be sent."""

    def __init__(self, ledger: str, problem: str, way_out: str) -> None:
        super().__init__(ledger, problem, way_out)
        self.ledger = ledger
        self.problem = problem
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.ledger}: {self.problem}; {self.way_out}"


class LedgerLineageError(CRMLibError, ValueError):
    """The ledger is a copy or was restored: its original may have sent already."""

    def __init__(self, ledger: str, problem: str) -> None:
        super().__init__(ledger, problem)
        self.ledger = ledger
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"{self.ledger}: {self.problem}; go on with the original, or, if that will never "
            "send again, adopt this one (crmlib adopt, or crmlib.Ledger.adopt)"
        )


class WarrantyRefusedError(CRMLibError, ValueError):
    """A token, code or step of a warranty is not accepted; ``reason`` is a word for programs."""

    def __init__(self, reason: str, problem: str, way_out: str) -> None:
        super().__init__(reason, problem, way_out)
        self.reason = reason
        self.problem = problem
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.problem}; {self.way_out}"


class ConformanceError(CRMLibError, AssertionError):
    """A plug-in does not keep a promise of its interface."""

    def __init__(self, expected: str, came: str, way_out: str) -> None:
        super().__init__(expected, came, way_out)
        self.expected = expected
        self.came = came
        self.way_out = way_out

    def __str__(self) -> str:
        return f"expected {self.expected}, got {self.came}; {self.way_out}"


class ChannelBrokenError(CRMLibError, RuntimeError):
    """A channel broke its contract several times in a row; sending stopped."""

    def __init__(self, channel: str, problem: str) -> None:
        super().__init__(channel, problem)
        self.channel = channel
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"channel {self.channel!r} raised {self.problem} again and again; what it had in hand "
            "is 'unknown', the rest still waits: repair the channel, then run the same command"
        )


class UntrustedReportError(CRMLibError, ValueError):
    """A delivery report is not from the provider that it names."""

    def __init__(self, provider: str, problem: str, way_out: str) -> None:
        super().__init__(provider, problem, way_out)
        self.provider = provider
        self.problem = problem
        self.way_out = way_out

    def __str__(self) -> str:
        return f"a report that says it is from {self.provider}: {self.problem}; {self.way_out}"
