"""Statistical models that several rooms use.

Dirichlet shrinkage tells when a customer is there as well as which categories
a customer likes, so it lies below who, what and when.
"""

from crmlib.statistics._shrinkage import (
    Shrinkage,
    circular_kernel,
    estimate_population,
    fit_shrinkage,
    shrink,
)

__all__ = ["Shrinkage", "circular_kernel", "estimate_population", "fit_shrinkage", "shrink"]
