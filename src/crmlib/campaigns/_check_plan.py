"""What the law would stop in a plan that is made already, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import pandas as pd

from crmlib.addresses import normalize_address
from crmlib.campaigns._final_texts import find_notice_problems, find_text_problems
from crmlib.channels import load_channel
from crmlib.exceptions import InvalidAddressError, UnknownNameError
from crmlib.messages import Decision, Reason, Sender
from crmlib.policies import ConsentKind, Policy, consent_verdicts, list_jurisdictions
from crmlib.policies import load as load_policy
from crmlib.tables import check_consents

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmlib.campaigns._plan import Plan
    from crmlib.messages import Capabilities
    from crmlib.policies import PolicyRule

_COLUMNS: Final = ("customer_id", "finding", "channel", "detail", "sources")


def check_plan(
    plan: Plan,
    policy: Policy | None = None,
    *,
    consents: pd.DataFrame | None = None,
    suppressions: Iterable[str] = (),
    refusals: Iterable[str] = (),
) -> pd.DataFrame:
    """Say what *policy* would stop of the messages that *plan* is to send, and why.

    Each message is read as it will leave: an e-mail from its bytes, other
    messages from their text.

    Parameters
    ----------
    plan : Plan
        What is looked at: the rows to be sent.
    policy : Policy, optional
        By default the plan's own, with each part that crmlib knows as it
        stands in this version of crmlib.
    consents : DataFrame of shape (n_events, n_columns), optional
        The consent log as it stands now, as
        :func:`crmlib.tables.check_consents` takes it.  Without it nobody's
        consent is asked again, unless *policy* is stricter than the plan's.
    suppressions : iterable of str
        Addresses, in any spelling, that must get nothing.
    refusals : iterable of str
        Customers who refuse advertising, as a ledger knows
        (:func:`crmlib.delivery.find_refusals`).

    Returns
    -------
    DataFrame of shape (n_findings, 5), by customer_id
        ``customer_id``, ``finding`` (a :class:`crmlib.messages.Reason` or one
        of ``NO_RULE``, ``LABEL_MISSING``, ``SENDER_MISSING``,
        ``OPT_OUT_MISSING``, ``ADVERTISING_INSIDE``, ``TOO_LONG``),
        ``channel``, ``detail`` and ``sources``.  Empty if the law stops
        nothing.

    Raises
    ------
    UnknownNameError
        If a channel of the plan is not installed.
    MissingColumnsError, InvalidTableError
        If *consents* is no consents table.
    """
    held_to = renew_policy(plan.policy) if policy is None else policy
    log = None if consents is None else check_consents(consents)
    rows = plan.table[plan.table["decision"] == Decision.SEND]
    refused = set(refusals)
    found: list[tuple[str, ...]] = []
    for names, group in rows.groupby(["channel", "medium"], sort=True):
        channel, medium = map(str, names)
        try:
            rule = held_to.rule(medium, plan.header["purpose"])
        except UnknownNameError as error:
            found += [(who, "NO_RULE", channel, str(error), "") for who in group.index]
            continue
        check = _Check(
            plan=plan,
            channel=channel,
            capabilities=load_channel(channel).capabilities,
            rule=rule,
            policy=held_to,
        )
        found += check.of_consent(group, log)
        found += check.of_refusals(group, refused)
        found += check.of_addresses(group, suppressions)
        found += check.of_hours(group, log)
        found += check.of_texts(group)
    table = pd.DataFrame(found, columns=list(_COLUMNS), dtype=object)
    return table.sort_values("customer_id", kind="stable", ignore_index=True)


def count_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """Count the customers of each finding of :func:`check_plan`, with one as example.

    Returns
    -------
    DataFrame of shape (n_kinds, 6)
        ``finding``, ``channel``, ``customers``, ``example``, ``detail`` (of
        the example) and ``sources``; the most frequent first.
    """
    grouped = findings.groupby(["finding", "channel", "sources"], sort=True)
    counted = grouped.agg(
        customers=("customer_id", "nunique"),
        example=("customer_id", "first"),
        detail=("detail", "first"),
    ).reset_index()
    counted = counted.sort_values("customers", ascending=False, kind="stable", ignore_index=True)
    return counted[["finding", "channel", "customers", "example", "detail", "sources"]]


def renew_policy(policy: Policy) -> Policy:
    """Give *policy* with each part that crmlib knows as it stands in this version."""
    known = list_jurisdictions()
    parts = (
        load_policy(part.name).parts[0] if part.name in known else part for part in policy.parts
    )
    return Policy(parts=tuple(parts))


@attrs.frozen(kw_only=True)
class _Check:
    """The questions that are asked of the messages of one channel."""

    plan: Plan
    channel: str
    capabilities: Capabilities
    rule: PolicyRule
    policy: Policy

    def of_consent(self, rows: pd.DataFrame, log: pd.DataFrame | None) -> list[tuple[str, ...]]:
        """Ask who may be written to."""
        sources = _told(self.rule.consent_citations)
        if log is not None:
            verdicts = self._verdicts(rows, log)
            refused = verdicts[verdicts["verdict"] != Reason.ALLOWED]
            return [
                self._found(who, Reason.NO_CONSENT, detail, sources)
                for who, detail in refused["detail"].items()
            ]
        planned = self._planned_consent()
        if planned.strictness >= self.rule.consent.strictness:
            return []
        detail = f"the plan was made under {planned}, {self.rule.consent} asks for the consents"
        return [self._found(who, Reason.NO_CONSENT, detail, sources) for who in rows.index]

    def of_refusals(self, rows: pd.DataFrame, refused: set[str]) -> list[tuple[str, ...]]:
        """Ask who refuses it, as the ledger knows."""
        if self.rule.consent == ConsentKind.NONE:
            return []
        sources = _told(self.rule.consent_citations)
        detail = "refused or withdrawn, as the ledger knows"
        theirs = rows.index[rows.index.isin(refused)]
        return [self._found(who, Reason.NO_CONSENT, detail, sources) for who in theirs]

    def of_addresses(
        self, rows: pd.DataFrame, suppressions: Iterable[str]
    ) -> list[tuple[str, ...]]:
        """Ask which addresses are suppressed."""
        field = self.capabilities.address_field
        listed = set()
        for address in suppressions:
            try:
                listed.add(normalize_address(field, address))
            except InvalidAddressError:  # of another kind
                continue
        suppressed = rows.index[rows["address"].isin(listed)]
        detail = f"the {field} is on the suppression list"
        return [self._found(who, Reason.SUPPRESSED, detail, "") for who in suppressed]

    def of_hours(self, rows: pd.DataFrame, log: pd.DataFrame | None) -> list[tuple[str, ...]]:
        """Ask whose message would come in quiet hours."""
        if not self.rule.quiet_hours:
            return []
        nights = rows["night_consent"] if log is None else self._verdicts(rows, log)["night"]
        found = []
        for who, at, zone, night in zip(
            rows.index, rows["send_at"], rows["timezone"], nights, strict=True
        ):
            quiet = self.rule.quiet_hours_at(at.to_pydatetime(), zone or "UTC", bool(night))
            if not quiet:
                continue
            lifted = all(hours.night_consent for hours in quiet)
            reason = Reason.NO_NIGHT_CONSENT if lifted else Reason.QUIET_HOURS
            local = at.tz_convert(quiet[0].zone or zone or "UTC")
            detail = f"{local:%Y-%m-%d %H:%M %Z} is in {' and '.join(map(str, quiet))}"
            sources = _told(dict.fromkeys(c for hours in quiet for c in hours.citations))
            found.append(self._found(who, reason, detail, sources))
        return found

    def of_texts(self, rows: pd.DataFrame) -> list[tuple[str, ...]]:
        """Read each message as it will leave."""
        sources = _told(self.rule.wording.citations)
        sender = Sender(**self.plan.header["sender"])
        if missing := self.rule.missing_sender_fields(sender):
            detail = f"the sender lacks {', '.join(missing)}"
            return [
                self._found(who, Reason.SENDER_INCOMPLETE, detail, sources) for who in rows.index
            ]
        found = []
        is_notice = "notice" in self.plan.header
        for who, key in rows["message_key"].items():
            problems = find_text_problems(
                self.plan.message(key),
                rule=self.rule,
                policy=self.policy,
                capabilities=self.capabilities,
            )
            if is_notice:
                problems += find_notice_problems(
                    self.plan.message(key), self.plan.header["notice"]
                )
            for finding, detail, own_sources in problems:
                found.append(self._found(who, finding, detail, own_sources or sources))
        return found

    def _verdicts(self, rows: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
        # all that is in the log counts: it is as it stands now
        now = max([rows["send_at"].max(), *log["at"].nlargest(1)]).to_pydatetime()
        medium = self.capabilities.medium
        topic = self.plan.header.get("topic")
        return consent_verdicts(self.rule, log, rows.index, medium=medium, now=now, topic=topic)

    def _planned_consent(self) -> ConsentKind:
        medium = self.capabilities.medium
        return self.plan.policy.rule(medium, self.plan.header["purpose"]).consent

    def _found(self, who: Any, finding: str, detail: str, sources: str) -> tuple[str, ...]:
        return str(who), str(finding), self.channel, detail, sources


def _told(citations: Iterable[object]) -> str:
    return "; ".join(map(str, citations))
