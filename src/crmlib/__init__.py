"""From order files to the right message, delivered once, and its effect measured.

The names of ``crmlib`` are loaded when they are first used: importing the
package loads neither pandas nor scikit-learn.  What there is to load is
listed in ``__init__.pyi``, which type checkers read as well.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
