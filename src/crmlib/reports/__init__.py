"""Pictures and one page that a marketer reads at a glance.

Each ``plot_*`` function draws one picture and gives its Axes;
:func:`report_html` puts them on one self-contained page with a sentence each.
The pictures need matplotlib: ``pip install 'crmlib[plots]'``.
"""

from crmlib.reports._plot_age_pyramid import plot_age_pyramid
from crmlib.reports._plot_cluster_profile import plot_cluster_profile
from crmlib.reports._plot_customer_hours import plot_customer_hours
from crmlib.reports._plot_funnel import plot_funnel
from crmlib.reports._plot_hazard import plot_hazard
from crmlib.reports._plot_hours import plot_hours
from crmlib.reports._plot_lift import plot_lift
from crmlib.reports._plot_migration import plot_migration
from crmlib.reports._plot_policy_values import plot_policy_values
from crmlib.reports._plot_qini import plot_qini
from crmlib.reports._plot_rfm import plot_rfm
from crmlib.reports._plot_segments import plot_segments
from crmlib.reports._plot_send_hours import plot_send_hours
from crmlib.reports._plot_silhouette import plot_silhouette
from crmlib.reports._plot_timing_calibration import plot_timing_calibration
from crmlib.reports._plot_value_calibration import plot_value_calibration
from crmlib.reports._plot_week_hours import plot_week_hours
from crmlib.reports._report_html import report_html

__all__ = [
    "plot_age_pyramid",
    "plot_cluster_profile",
    "plot_customer_hours",
    "plot_funnel",
    "plot_hazard",
    "plot_hours",
    "plot_lift",
    "plot_migration",
    "plot_policy_values",
    "plot_qini",
    "plot_rfm",
    "plot_segments",
    "plot_send_hours",
    "plot_silhouette",
    "plot_timing_calibration",
    "plot_value_calibration",
    "plot_week_hours",
    "report_html",
]
