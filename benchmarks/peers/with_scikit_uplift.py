"""Measure uplift curves with scikit-uplift; called by ``benchmarks/hillstrom.py``."""

from __future__ import annotations

import json
import sys

import numpy as np
from sklearn.metrics import auc
from sklift.metrics import uplift_curve


def main(file: str) -> None:
    """Print the area under the uplift curve of each score, per customer and share."""
    with np.load(file) as arrays:
        treated, visits = arrays["treated"].astype(int), arrays["visits"]
        n = len(treated)
        areas = []
        for place in range(len(arrays.files) - 2):
            x, y = uplift_curve(visits, arrays[f"s{place}"], treated)
            areas.append(auc(x / n, y / n))
    print(json.dumps(areas))


if __name__ == "__main__":
    main(sys.argv[1])
