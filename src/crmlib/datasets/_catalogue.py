"""What the synthetic shop sells, and what goes with what."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

CURRENCY = "KRW"
"""Currency of all prices; it has no hundredths."""

COMPLEMENTS: Mapping[str, str] = MappingProxyType(
    {
        "tops": "bottoms",
        "bottoms": "shoes",
        "dresses": "outerwear",
        "outerwear": "tops",
        "shoes": "accessories",
        "accessories": "dresses",
    }
)
"""The planted rule: who bought the first soon wants the second."""

_ITEMS = {
    "tops": [
        ("Cotton T-shirt", 19_000),
        ("Striped long sleeve", 27_000),
        ("Oxford shirt", 39_000),
        ("Silk blouse", 59_000),
        ("Lambswool knit", 69_000),
        ("Hoodie", 45_000),
    ],
    "bottoms": [
        ("Straight jeans", 55_000),
        ("Chino trousers", 49_000),
        ("Wide slacks", 59_000),
        ("Pleated skirt", 42_000),
        ("Linen shorts", 35_000),
        ("Jogger pants", 39_000),
    ],
    "dresses": [
        ("Shirt dress", 69_000),
        ("Knit dress", 79_000),
        ("Floral midi dress", 74_000),
        ("Linen dress", 82_000),
    ],
    "outerwear": [
        ("Trench coat", 159_000),
        ("Denim jacket", 79_000),
        ("Light padding", 119_000),
        ("Wool coat", 219_000),
        ("Cardigan", 59_000),
    ],
    "shoes": [
        ("Canvas sneakers", 49_000),
        ("Leather loafers", 99_000),
        ("Running shoes", 89_000),
        ("Ankle boots", 129_000),
    ],
    "accessories": [
        ("Canvas tote bag", 25_000),
        ("Leather belt", 32_000),
        ("Ball cap", 22_000),
        ("Wool scarf", 29_000),
        ("Socks, three pairs", 12_000),
    ],
}

PRODUCTS: pd.DataFrame = pd.DataFrame(
    [
        (f"{category[:3].upper()}-{number:03}", name, category, price)
        for category, items in _ITEMS.items()
        for number, (name, price) in enumerate(items, start=1)
    ],
    columns=["product_id", "product_name", "category", "unit_price"],
)
"""The catalogue: product_id, product_name, category, unit_price (won)."""

CATEGORIES: tuple[str, ...] = tuple(_ITEMS)
