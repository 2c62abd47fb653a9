"""How to reach each customer: the first channel with an address and a consent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from crmlib.addresses import normalize_address
from crmlib.exceptions import InvalidAddressError
from crmlib.messages import Reason
from crmlib.policies import consent_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import numpy.typing as npt

    from crmlib.campaigns._draft import Draft, Places
    from crmlib.messages import Capabilities, Sender
    from crmlib.policies import PolicyRule

_STAGES: Final = (
    Reason.NO_ADDRESS,
    Reason.INVALID_ADDRESS,
    Reason.DUPLICATE_ADDRESS,
    Reason.SUPPRESSED,
    Reason.NO_CONSENT,
    Reason.SENDER_INCOMPLETE,
)
"""What can stand in the way, in the order in which it is asked."""


@attrs.frozen(kw_only=True)
class Route:
    """A channel of the campaign, what it can carry, and the rule for it."""

    channel: str
    capabilities: Capabilities
    rule: PolicyRule


@attrs.frozen(kw_only=True, eq=False)
class Obstacles:
    """What stands in the way of each of some customers: a reason and a detail, or None."""

    reasons: npt.NDArray[Any]
    details: npt.NDArray[Any]

    @classmethod
    def none(cls, n: int) -> Obstacles:
        """Give *n* customers with a clear way."""
        return cls(reasons=np.full(n, None, dtype=object), details=np.full(n, None, dtype=object))

    def add(self, mask: npt.NDArray[np.bool_], reason: Reason, details: Any) -> None:
        """Note *reason* for those of *mask* whose way was clear."""
        fresh = mask & (self.reasons == None)  # noqa: E711 -- row by row
        self.reasons[fresh] = reason.value
        self.details[fresh] = details[fresh] if isinstance(details, np.ndarray) else details


def choose_routes(
    draft: Draft,
    people: pd.DataFrame,
    *,
    routes: Sequence[Route],
    consents: pd.DataFrame,
    suppressions: Iterable[str],
    sender: Sender | None,
    now: datetime,
) -> None:
    """Give each open customer of *draft* the first route that is free, or hold the customer.

    Parameters
    ----------
    people : DataFrame of shape (n_customers, n_columns)
        Everybody looked at, with the address columns of the profiles and
        ``last_purchase_at``.
    """
    waiting = draft.open
    stages = np.full(len(draft.customer_ids), -1)
    reasons = np.full(len(draft.customer_ids), None, dtype=object)
    stories = np.full(len(draft.customer_ids), "", dtype=object)
    listed = list(suppressions)
    endpoints: dict[str, tuple[npt.NDArray[Any], Obstacles]] = {}
    for route in routes:
        field = route.capabilities.address_field
        if field not in endpoints:
            endpoints[field] = _find_endpoints(draft.open, people, field, listed)
        addresses, known = endpoints[field]
        mine = np.searchsorted(draft.open, waiting)
        found = Obstacles(reasons=known.reasons[mine], details=known.details[mine])
        ids = draft.customer_ids[waiting]
        verdicts = consent_verdicts(
            route.rule, consents, ids, medium=route.capabilities.medium, now=now
        )
        consent_details = verdicts["detail"].to_numpy(dtype=object)
        refused = (verdicts["verdict"] != Reason.ALLOWED).to_numpy()
        found.add(refused, Reason.NO_CONSENT, consent_details)
        if incomplete := _sender_problem(route, sender):
            found.add(np.ones(len(ids), dtype=bool), Reason.SENDER_INCOMPLETE, incomplete)
        free = found.reasons == None  # noqa: E711 -- row by row
        chosen = waiting[free]
        draft.fill("channel", chosen, route.channel)
        draft.fill("medium", chosen, route.capabilities.medium)
        draft.fill("address", chosen, addresses[mine][free])
        draft.fill("night_consent", chosen, verdicts["night"].to_numpy(dtype=bool)[free])
        draft.fill("detail", chosen, _told(stories[chosen], route, routes, consent_details[free]))
        blocked = waiting[~free]
        stories[blocked] = _told(stories[blocked], route, routes, found.details[~free])
        reached = np.array([_STAGES.index(reason) for reason in found.reasons[~free]], dtype=int)
        further = reached > stages[blocked]
        reasons[blocked[further]] = found.reasons[~free][further]
        stages[blocked[further]] = reached[further]
        waiting = blocked
    draft.hold(waiting, reasons[waiting], stories[waiting])


def _told(
    before: npt.NDArray[Any], route: Route, routes: Sequence[Route], details: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    """Add what there is to say of *route* to what was said of the ones before it."""
    if len(routes) == 1:
        return details
    told = [
        f"{earlier}; {route.channel}: {detail}" if earlier else f"{route.channel}: {detail}"
        for earlier, detail in zip(before, details, strict=True)
    ]
    return np.array(told, dtype=object)


def _find_endpoints(
    places: Places, people: pd.DataFrame, field: str, suppressions: Sequence[str]
) -> tuple[npt.NDArray[Any], Obstacles]:
    """Give the normalised address of each customer at *places*, and what is wrong with it."""
    found = Obstacles.none(len(places))
    addresses = np.full(len(places), None, dtype=object)
    if field not in people.columns:
        found.add(
            np.ones(len(places), dtype=bool),
            Reason.NO_ADDRESS,
            f"the profiles have no column {field!r}",
        )
        return addresses, found
    mine = people.iloc[places]
    written = mine[field].astype(object)
    written = written.where(written.notna(), None)
    for place, address in enumerate(written.tolist()):
        if address is None or not str(address).strip():
            found.reasons[place] = Reason.NO_ADDRESS.value
            found.details[place] = f"the profile has no {field}"
            continue
        try:
            addresses[place] = normalize_address(field, str(address))
        except InvalidAddressError as error:
            found.reasons[place] = Reason.INVALID_ADDRESS.value
            found.details[place] = str(error)
    owners = _owners(addresses, mine)
    others = np.array([owner is not None for owner in owners], dtype=bool)
    told = [
        f"{owner} has the same {field} and bought more recently; one message goes to one address"
        for owner in owners
    ]
    found.add(others, Reason.DUPLICATE_ADDRESS, np.array(told, dtype=object))
    listed = _normalized(field, suppressions)
    suppressed = np.array([address in listed for address in addresses], dtype=bool)
    found.add(suppressed, Reason.SUPPRESSED, f"the {field} is on the suppression list")
    return addresses, found


def _owners(addresses: npt.NDArray[Any], people: pd.DataFrame) -> list[str | None]:
    """Give for each customer who else keeps the address: the one who bought last."""
    order = pd.DataFrame(
        {
            "address": addresses,
            "last_purchase_at": people["last_purchase_at"].to_numpy(),
            "customer_id": people.index.to_numpy(),
        }
    )
    order = order[order["address"].notna()].sort_values(
        ["last_purchase_at", "customer_id"], ascending=[False, True]
    )
    first = order.groupby("address")["customer_id"].transform("first")
    owners = first.where(first != order["customer_id"]).reindex(range(len(addresses)))
    return [None if pd.isna(owner) else str(owner) for owner in owners]


def _normalized(field: str, suppressions: Sequence[str]) -> set[str]:
    listed = set()
    for address in suppressions:
        try:
            listed.add(normalize_address(field, address))
        except InvalidAddressError:  # an address of another kind, or one that never worked
            continue
    return listed


def _sender_problem(route: Route, sender: Sender | None) -> str | None:
    missing = route.rule.missing_sender_fields(sender)
    if sender is None:
        asked = f" with {', '.join(missing)}" if missing else ""
        return f"the campaign has no sender; give it sender=Sender(…){asked}"
    if not missing:
        return None
    laws = "; ".join(str(citation) for citation in route.rule.wording.citations)
    return f"the sender lacks {', '.join(missing)}, to be shown by {laws}; give Sender(…) these"
