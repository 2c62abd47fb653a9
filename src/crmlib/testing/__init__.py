"""The conformance kit: proves that a plug-in keeps the promises of its interface.

Each of :func:`segmenter_checks`, :func:`planner_checks`, :func:`timing_checks`,
:func:`channel_checks` and :func:`source_checks` gives a list of
:class:`Check`: call one, and it is silent or raises
:class:`~crmlib.exceptions.ConformanceError`.  No test runner is needed; with
pytest it is one parametrised test.  The names are loaded one by one, so that
the author of a channel loads neither pandas nor scikit-learn.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
