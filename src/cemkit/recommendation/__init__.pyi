from .associations import association_table as association_table
from .associations import upgrade_paths as upgrade_paths
from .cross_sell import CrossSell as CrossSell
from .cycle_evaluation import CycleScore as CycleScore
from .cycle_evaluation import evaluate_cycles as evaluate_cycles
from .evaluation import RecommendationScore as RecommendationScore
from .evaluation import evaluate_recommendations as evaluate_recommendations
from .repurchase import RepurchaseCycle as RepurchaseCycle
