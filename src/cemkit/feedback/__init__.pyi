from .scores import ScoreTable as ScoreTable
from .scores import ces as ces
from .scores import csat as csat
from .scores import nps as nps
