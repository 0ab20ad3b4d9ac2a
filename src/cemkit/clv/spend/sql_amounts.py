"""Expected mean amounts in SQL, from the parameters of a spend model and a customer's purchases."""

import numpy as np

from cemkit.clv.purchases.estimates import LARGEST_LOG
from cemkit.sql.expressions import (
    Expression,
    all_of,
    case,
    floor,
    is_known,
    log,
    minus,
    number,
    over,
    power,
    times,
    total,
)


def gamma_gamma_amount(
    x: Expression,
    z: Expression,
    *,
    p: float,
    q: float,
    gamma: float,
    frequency: float | None = None,
) -> Expression:
    """`GammaGammaModel.expected_mean_amount`; its scale grows with the purchases to a power."""
    sound, scale = _is_sound(x, z), number(gamma)
    if frequency is not None:
        more = total([number(1), x])
        logs = total([number(np.log(gamma)), times(number(frequency), log(more))])
        sound = all_of(sound, logs >= number(-LARGEST_LOG), logs <= number(LARGEST_LOG))
        scale = times(scale, power(more, number(frequency)))
    shape = total([number(q - 1), times(number(p), x)])
    paid = case([(z > number(0), times(x, z))], number(0))
    value = over(times(number(p), total([scale, paid])), shape)
    return case([(all_of(sound, shape > number(0)), value)])


def net_amount(
    x: Expression, z: Expression, *, between: float, within: float, mean: float
) -> Expression:
    """`NetSpendModel.expected_mean_amount`: the mean of all without a repeat purchase."""
    known = times(number(between**2), x)
    share = over(known, total([known, number(within**2)]))
    drawn = total([number(mean), times(share, minus(z, number(mean)))])
    return case([(_is_sound(x, z), case([(x > number(0), drawn)], number(mean)))])


def _is_sound(x: Expression, z: Expression) -> Expression:
    """Whether a customer's count is whole and the mean amount is there."""
    return all_of(x >= number(0), x.eq(floor(x)), is_known(z))
