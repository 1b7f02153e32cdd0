import numpy as np
import pandas as pd
from made_cohort import handed_over

from ecg_eval.models.prevalence import Prevalence


def test_counts_what_is_known() -> None:
    labels = pd.DataFrame({"AF": [1, 0, np.nan, 0], "LBBB": [np.nan] * 4}, index=list("abcd"))
    model = Prevalence()
    model.fit(handed_over({}, list("abcd")), labels, rng=np.random.default_rng(0))
    answers = model.scores(handed_over({}, ["x", "y"]), ("LBBB", "AF", "WPW"))
    np.testing.assert_allclose(answers, [[np.nan, 1 / 3, np.nan]] * 2)
    assert model.card().by_finding == {"prevalence": {"AF": 1 / 3}}
    assert model.card().not_taught == {"LBBB": "no training recording speaks of it"}
