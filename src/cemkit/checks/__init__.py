"""Every argument and column check; each returns what it checked, in the form the caller needs."""

from cemkit.checks.dates import check_as_of as check_as_of
from cemkit.checks.dates import check_window_end as check_window_end
from cemkit.checks.dates import local_dates as local_dates
from cemkit.checks.dates import local_days as local_days
from cemkit.checks.ids import align_outcome as align_outcome
from cemkit.checks.ids import by_customer as by_customer
from cemkit.checks.ids import check_same_ids as check_same_ids
from cemkit.checks.ids import customer_ids as customer_ids
from cemkit.checks.ids import given_ids as given_ids
from cemkit.checks.ids import normal_ids as normal_ids
from cemkit.checks.labels import binary_labels as binary_labels
from cemkit.checks.options import check_choice as check_choice
from cemkit.checks.options import check_days as check_days
from cemkit.checks.options import check_estimator as check_estimator
from cemkit.checks.options import check_flag as check_flag
from cemkit.checks.options import check_fraction as check_fraction
from cemkit.checks.options import check_integer as check_integer
from cemkit.checks.options import check_list as check_list
from cemkit.checks.options import check_number as check_number
from cemkit.checks.options import check_positive as check_positive
from cemkit.checks.options import check_random_state as check_random_state
from cemkit.checks.tables import check_columns as check_columns
from cemkit.checks.tables import check_customers as check_customers
from cemkit.checks.tables import check_frame as check_frame
from cemkit.checks.tables import finite_values as finite_values
from cemkit.checks.tables import warn_of_constants as warn_of_constants
