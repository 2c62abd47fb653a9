"""How to reach each customer: the first channel with an address and a consent.

What the customer asked for is tried first, then what is answered most, then the
channels in the order of the campaign.  Who had a message of this campaign by one
medium, or may have had it, is never tried by another.

Of an address that several customers share two things are asked.  Did any of
them withdraw?  A refusal is meant for the mailbox, whoever's id it came under,
so nobody is written to there.  Otherwise one message goes there: for the one
who bought last among those who may be written to.
"""

from __future__ import annotations

from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from crmlib.campaigns._endpoints import Speller, find_endpoints
from crmlib.campaigns._route_order import order_routes
from crmlib.messages import Reason
from crmlib.policies import ConsentKind, consent_verdicts, last_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import numpy.typing as npt
    import pandas as pd

    from crmlib.campaigns._channel_rates import ChannelRates
    from crmlib.campaigns._draft import Draft
    from crmlib.campaigns._obstacles import Obstacles
    from crmlib.campaigns._routes import Route
    from crmlib.messages import Sender

_STAGES: Final = (
    Reason.NO_ADDRESS,
    Reason.INVALID_ADDRESS,
    Reason.SUPPRESSED,
    Reason.NO_CONSENT,
    Reason.SENDER_INCOMPLETE,
    Reason.DUPLICATE_ADDRESS,
    Reason.ALREADY_SENT,
)
"""What can stand in the way, in the order in which it is asked."""


def choose_routes(
    draft: Draft,
    people: pd.DataFrame,
    *,
    profiles: pd.DataFrame,
    routes: Sequence[Route],
    consents: pd.DataFrame,
    topic: str | None,
    suppressions: Sequence[str],
    sender: Sender | None,
    now: datetime,
    rates: ChannelRates | None = None,
    tried: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Give each open customer of *draft* the first route that is free, or hold the customer.

    Parameters
    ----------
    people : DataFrame of shape (n_customers, n_columns)
        Everybody looked at, with the address columns of the profiles and
        ``last_purchase_at``.
    profiles : DataFrame of shape (n_profiles, n_columns)
        Checked; also of people who are no customers now: they too may have
        withdrawn for an address.
    topic : str or None
        What the messages are about.
    rates : ChannelRates, optional
        What is answered most.
    tried : mapping of customer_id to medium
        Who had a message of this campaign, or may have had it, and by what.
    """
    everybody = waiting = draft.open
    stages = np.full(len(draft.customer_ids), -1)
    reasons = np.full(len(draft.customer_ids), None, dtype=object)
    stories = np.full(len(draft.customer_ids), "", dtype=object)
    order = order_routes(people, routes, rates)
    taken: dict[str, str] = {}
    spellers: dict[str, Speller] = {}
    endpoints: dict[str, tuple[npt.NDArray[Any], Obstacles]] = {}
    for turn, (at, route) in product(range(len(routes)), enumerate(routes)):
        mine = waiting[order.turns[waiting, turn] == at]
        if not len(mine):
            continue
        field = route.capabilities.address_field
        if field not in endpoints:
            spellers[field] = Speller(field)
            endpoints[field] = find_endpoints(
                people.iloc[everybody], spellers[field], suppressions
            )
        places = np.searchsorted(everybody, mine)
        addresses, found = endpoints[field][0][places], endpoints[field][1].of(places)
        rows = people.iloc[mine]
        asked: dict[str, Any] = {"medium": route.capabilities.medium, "now": now, "topic": topic}
        verdicts = consent_verdicts(route.rule, consents, rows.index, **asked)
        said = last_words(consents, purpose="advertising", **asked)
        refusals = _find_refusals(route, said, profiles, spellers[field])
        _ask_for_consent(found, addresses, verdicts, refusals)
        if incomplete := _sender_problem(route, sender):
            found.add(np.ones(len(rows), dtype=bool), Reason.SENDER_INCOMPLETE, incomplete)
        _keep_to_one_medium(found, rows.index, route, tried)
        _share_out(found, addresses, rows, taken, field)
        free = found.reasons == None  # noqa: E711 -- row by row
        chosen, details = mine[free], verdicts["detail"].to_numpy(dtype=object)[free]
        draft.fill("channel", chosen, route.channel)
        draft.fill("medium", chosen, route.capabilities.medium)
        draft.fill("address", chosen, addresses[free])
        draft.fill("night_consent", chosen, verdicts["night"].to_numpy(dtype=bool)[free])
        told = _told(stories[chosen], route, routes, details)
        draft.fill("detail", chosen, _with_notes(order.notes[chosen], told))
        blocked = mine[~free]
        stories[blocked] = _told(stories[blocked], route, routes, found.details[~free])
        reached = np.array([_STAGES.index(reason) for reason in found.reasons[~free]], dtype=int)
        further = reached > stages[blocked]
        reasons[blocked[further]] = found.reasons[~free][further]
        stages[blocked[further]] = reached[further]
        waiting = np.setdiff1d(waiting, chosen, assume_unique=True)
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


def _with_notes(notes: npt.NDArray[Any], told: npt.NDArray[Any]) -> list[str]:
    """Put before what is told why the channels were tried in that order."""
    return [f"{note}; {text}" if note else text for note, text in zip(notes, told, strict=True)]


def _keep_to_one_medium(
    found: Obstacles, customer_ids: pd.Index, route: Route, tried: Mapping[str, str]
) -> None:
    """Note who had a message of this campaign, or may have had it, by another medium."""
    for place, customer_id in enumerate(customer_ids):
        medium = tried.get(customer_id, route.capabilities.medium)
        if medium != route.capabilities.medium:
            told = f"a message of this campaign went by {medium}, or may have: it is not repeated"
            found.add_one(place, Reason.ALREADY_SENT, told)


def _find_refusals(
    route: Route, words: pd.DataFrame, profiles: pd.DataFrame, speller: Speller
) -> dict[str, str]:
    """Say of each address for which somebody withdrew who that was: the last one."""
    field = speller.field
    if route.rule.consent is ConsentKind.NONE or field not in profiles.columns:
        return {}
    withdrawn = words[~words["granted"]].sort_index().sort_values("at", kind="stable")
    written = profiles.set_index("customer_id")[field].reindex(withdrawn.index)
    days = withdrawn["at"].dt.strftime("%Y-%m-%d")
    laws = "; ".join(str(citation) for citation in route.rule.consent_citations)
    return {
        address: f"{who}, who has the same {field}, withdrew on {day} ({laws})"
        for address, (who, day) in zip(speller.spell_all(written), days.items(), strict=True)
        if address is not None
    }


def _ask_for_consent(
    found: Obstacles,
    addresses: npt.NDArray[Any],
    verdicts: pd.DataFrame,
    refusals: Mapping[str, str],
) -> None:
    """Note who lacks a consent of their own, and whose address somebody withdrew for."""
    refused = (verdicts["verdict"] != Reason.ALLOWED).to_numpy()
    found.add(refused, Reason.NO_CONSENT, verdicts["detail"].to_numpy(dtype=object))
    for place, address in enumerate(addresses):
        if address in refusals:
            found.add_one(place, Reason.NO_CONSENT, refusals[address])


def _share_out(
    found: Obstacles,
    addresses: npt.NDArray[Any],
    people: pd.DataFrame,
    taken: dict[str, str],
    field: str,
) -> None:
    """Give each address that is not *taken* to one of *people*, and note who else has it.

    Only those with a clear way are asked: who bought last, then the smaller id.
    """
    clear = np.flatnonzero(found.reasons == None)  # noqa: E711 -- row by row
    bought = people["last_purchase_at"].iloc[clear].reset_index(drop=True)
    # people are in the order of their ids, and a stable sort leaves them so
    order = bought.sort_values(ascending=False, kind="stable").index
    for place in clear[order]:
        owner = taken.setdefault(addresses[place], people.index[place])
        if owner != people.index[place]:
            told = f"{owner} has the same {field} and keeps it: one message goes to one address"
            found.add_one(place, Reason.DUPLICATE_ADDRESS, told)


def _sender_problem(route: Route, sender: Sender | None) -> str | None:
    missing = route.rule.missing_sender_fields(sender)
    if sender is not None and not missing:
        return None
    fields = missing if sender else dict.fromkeys(("name", "email", *missing))
    way_out = f"give Campaign(sender=Sender({', '.join(f'{field}=…' for field in fields)}))"
    if sender is None:
        return f"the campaign has no sender; {way_out}"
    laws = "; ".join(str(citation) for citation in route.rule.wording.citations)
    return f"the sender lacks {', '.join(missing)}, to be shown by {laws}; {way_out}"
