"""What this run takes over from the one before, and what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pandas as pd

from crmlib.identity._findings import LINK_COLUMNS
from crmlib.identity._pairs import JOINED
from crmlib.identity._person_ids import MERGE_COLUMNS, MERGED, name_people

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from crmlib.identity._contacts import Contacts
    from crmlib.identity._identities import Identities

_WAYS = (LINK_COLUMNS[:2], LINK_COLUMNS[1::-1])
PEOPLE_COLUMNS = ("sales_channel", "customer_id", "person_id")


@attrs.frozen(kw_only=True, eq=False)
class History:
    """Ids by group, all changes so far, and accounts that were there before only."""

    ids: pd.Series[str]
    merges: pd.DataFrame
    absent: pd.DataFrame
    run: int


def carry_on(
    previous: Identities | None,
    contacts: Contacts,
    label: npt.NDArray[np.int64],
    links: pd.DataFrame,
) -> History:
    """Give the groups their ids, and write down what changed since *previous*."""
    if previous is None:
        known = pd.DataFrame(columns=list(PEOPLE_COLUMNS), dtype="str")
        named = name_people(label, contacts, known, set())
        merges = pd.DataFrame(columns=list(MERGE_COLUMNS), dtype="str").astype({"run": "int64"})
        return History(ids=named.ids, merges=merges, absent=known, run=1)
    known = pd.concat([previous.people, previous.absent], ignore_index=True)
    taken = {*known["person_id"], *previous.merges["old_id"], *previous.merges["new_id"]}
    named = name_people(label, contacts, known, taken)
    new = _find_causes(
        named.merges, named.old, named.ids.take(label).reset_index(drop=True), links
    )
    new.insert(0, "run", previous.run + 1)
    absent = known.merge(contacts.accounts, "left", on=list(PEOPLE_COLUMNS[:2]), indicator="where")
    absent = absent[absent.pop("where") == "left_only"].reset_index(drop=True)
    merged = new[new["change"] == MERGED]
    renamed = dict(zip(merged["old_id"], merged["new_id"], strict=True))
    absent["person_id"] = absent["person_id"].map(lambda name: renamed.get(name, name))
    return History(
        ids=named.ids,
        merges=pd.concat([previous.merges, new], ignore_index=True),
        absent=absent,
        run=previous.run + 1,
    )


def _find_causes(
    merges: pd.DataFrame, old: pd.Series[str], ids: pd.Series[str], links: pd.DataFrame
) -> pd.DataFrame:
    """Add to each merge the first link that led out of the old person."""
    causes = pd.DataFrame(index=merges.index, columns=["key", "value"], dtype="str")
    merged = merges["change"] == MERGED
    if merged.any():
        joined = links[links["verdict"] == JOINED]
        ends = [(joined[side].to_numpy(), joined[other].to_numpy()) for side, other in _WAYS]
        ways = pd.concat(
            [
                pd.DataFrame(
                    {
                        "old_id": old.take(here).array,
                        "new_id": ids.take(here).array,
                        "there": old.take(there).array,
                        "key": joined["key"].astype("str").array,
                        "value": joined["value"].array,
                    }
                )
                for here, there in ends
            ]
        )
        ways = ways[ways["old_id"].notna() & (ways["old_id"] != ways["there"])]
        ways = ways.drop_duplicates(["old_id", "new_id"])[["old_id", "new_id", "key", "value"]]
        causes = merges.merge(ways, "left", on=["old_id", "new_id"])[["key", "value"]]
        causes = causes.where(merged)
    return pd.concat([merges, causes], axis=1)
