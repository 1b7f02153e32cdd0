"""The two parts of a coefficient give the coefficient."""

import numpy as np
import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.agreement.agreement_parts import chance_agreement, pair_agreement
from ecg_eval.stats.agreement.fleiss import conger_kappa, fleiss_kappa
from ecg_eval.stats.agreement.gwet import gwet_ac1
from ecg_eval.stats.agreement.krippendorff import krippendorff_alpha
from ecg_eval.stats.agreement.percent_agreement import randolph_kappa
from ecg_eval.stats.estimate import is_defined

KERNELS = {
    "gwet": gwet_ac1,
    "fleiss": fleiss_kappa,
    "conger": conger_kappa,
    "brennan_prediger": randolph_kappa,
    "krippendorff": krippendorff_alpha,
}


@pytest.mark.parametrize("coefficient", KERNELS)
def test_parts_make_the_whole(coefficient: str) -> None:
    rng = np.random.default_rng(5)
    ratings = rng.integers(0, 3, (30, 4)).astype(float)
    ratings[rng.random(ratings.shape) < 0.3] = np.nan
    seen = pair_agreement(ratings=ratings, coefficient=coefficient).value
    chance = chance_agreement(ratings=ratings, coefficient=coefficient).value
    assert KERNELS[coefficient](ratings=ratings).value == pytest.approx((seen - chance) / (1 - chance))


def test_degenerate_data_have_reasons() -> None:
    for function in (chance_agreement, pair_agreement):
        assert not is_defined(function(ratings=[[1, np.nan]], coefficient="cohen"))
    assert not is_defined(chance_agreement(ratings=[[1, 1]], coefficient="gwet"))
    assert chance_agreement(ratings=[[1, 1]], coefficient="krippendorff").value == 1
    with pytest.raises(ArgumentError, match="Did you mean 'fleiss'"):
        chance_agreement(ratings=[[1, 1]], coefficient="fleis")
