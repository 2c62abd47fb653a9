"""The four interfaces that a plug-in author subclasses, loaded one by one.

Who, what, when and how: :class:`Segmenter`, :class:`MessagePlanner`,
:class:`TimingModel` and :class:`Channel`.  Each lies in a file of its own so
that an author of a channel loads neither pandas nor scikit-learn.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
