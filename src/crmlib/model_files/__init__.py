"""What was learned, as a small text file that a person can read: never a pickle."""

from crmlib.model_files._saved_model import SavedModel
from crmlib.model_files._values import from_json, to_json

__all__ = ["SavedModel", "from_json", "to_json"]
