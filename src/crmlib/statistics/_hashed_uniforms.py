"""Numbers between 0 and 1 that belong to an id: luck that anybody can draw again."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt


def hashed_uniforms(ids: Iterable[str], salt: str) -> npt.NDArray[np.float64]:
    """Give a number from 0 (included) to 1 (excluded) for each id.

    It is the 64-bit BLAKE2b hash of *salt* and the id over 2**64: the same
    whenever and in whatever order it is asked, and independent between salts.

    Parameters
    ----------
    ids : iterable of str
        Customer ids or addresses.
    salt : str
        What makes one draw independent of another.

    Returns
    -------
    ndarray of float, shape (n_ids,)

    Examples
    --------
    >>> hashed_uniforms(["C1", "C2", "C1"], "spring").round(3).tolist()
    [0.607, 0.212, 0.607]
    """
    seeded = blake2b(salt.encode() + b"\0", digest_size=8)
    digests = []
    for one in ids:
        hashed = seeded.copy()
        hashed.update(one.encode())
        digests.append(hashed.digest())
    numbers = np.frombuffer(b"".join(digests), dtype=">u8").astype(np.uint64)
    # 53 bits are what a float holds; all 64 could round up to 1
    return np.asarray((numbers >> np.uint64(11)) * 2.0**-53, dtype=np.float64)
