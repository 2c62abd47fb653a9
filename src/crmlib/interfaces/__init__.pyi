from ._channel import Channel as Channel
from ._message_planner import MessagePlanner as MessagePlanner
from ._segmenter import Segmenter as Segmenter
from ._timing_model import TimingModel as TimingModel

__all__ = ["Channel", "MessagePlanner", "Segmenter", "TimingModel"]
