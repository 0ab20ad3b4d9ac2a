from .cards import Scorecard as Scorecard
from .cards import scorecard as scorecard
