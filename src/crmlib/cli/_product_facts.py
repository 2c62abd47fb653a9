"""What a command says of the products of several channels, and of a product table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.cli._output import note, records
from crmlib.sources import count_shared_products

if TYPE_CHECKING:
    from crmlib.sources import NamedProducts
    from crmlib.tables import Orders


def tell_products(orders: Orders, named: NamedProducts | None) -> None:
    """Say which products the product table lacks, or that there may be need of one."""
    if named is None:
        n_channels, n_shared = count_shared_products(orders)
        if n_channels > 1 and not n_shared:
            note(
                f"the {n_channels} channels have no product id in common: what is sold on two of "
                "them counts as two products; crmlib products writes a table that joins them"
            )
    elif len(named.unmatched):
        lost = named.unmatched.iloc[0]
        note(
            f"{named.n_lines - named.n_matched:,} of {named.n_lines:,} lines have a product that "
            f"the product table lacks, {len(named.unmatched):,} in all, most often "
            f"{lost['product_id']!r} ({lost['product_name']}) on {lost['sales_channel'] or '?'}"
        )


def products_as_json(named: NamedProducts | None) -> dict[str, Any]:
    """Give programs what a product table, if there is one, made of the lines."""
    if named is None:
        return {}
    counts = {"lines": named.n_lines, "matched": named.n_matched}
    return {"product_names": counts | {"unmatched": records(named.unmatched)}}
