from .cards import Scorecard as Scorecard
from .cards import scorecard as scorecard
from .restatement import Restatement as Restatement
from .restatement import compare_scorecards as compare_scorecards
