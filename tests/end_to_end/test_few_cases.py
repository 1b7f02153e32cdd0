"""Numbers of few ECGs say so wherever they stand: in means, in subgroups, beside groups of readers."""

import html
import re
from functools import cache

import numpy as np
import pandas as pd

import ecg_eval
from ecg_eval.pipeline.analysis import Analysis


@cache
def _study() -> Analysis:
    """Return a study of two findings, one of 60 ECGs and one of 6, read by four GPs and a model that gives scores."""
    n, rng = 200, np.random.default_rng(5)
    truth = pd.DataFrame(
        {
            "record_id": [f"r{i}" for i in range(n)],
            "AF": (np.arange(n) < 60).astype(int),
            "LBBB": (np.arange(n) % 34 == 0).astype(int),
        }
    )
    ids = truth["record_id"]
    records = pd.DataFrame({"record_id": ids, "patient_id": ids, "sex": np.where(np.arange(n) % 2, "F", "M")})
    rows = []
    for reader in ("gp1", "gp2", "gp3", "gp4", "network"):
        for finding in ("AF", "LBBB"):
            right = rng.random(n) < 0.85
            reading = np.where(right, truth[finding], 1 - truth[finding])
            score = np.clip(reading * 0.6 + rng.random(n) * 0.4, 0, 1) if reader == "network" else np.nan
            one = {"record_id": ids, "reader_id": reader, "finding": finding}
            rows.append(pd.DataFrame(one | {"reading": reading, "score": score}))
    readers = {f"gp{i}": "gp" for i in range(1, 5)} | {"network": "model"}
    subgroups = {"by": ["sex"], "minimum_n": 10}
    return ecg_eval.evaluate(
        pd.concat(rows), truth, records=records, readers=readers, subgroups=subgroups, resamples=200
    )


def _page() -> str:
    bare = re.sub(r"(?s)<(style|script)\b.*?</\1>", " ", _study().report())
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", bare)))


def test_an_auroc_of_few_ecgs_with_the_finding_is_not_given_in_a_subgroup() -> None:
    # all six ECGs with LBBB are of men: six positives of 100, and no negative is short
    frame = _study().frame
    auroc = frame[(frame["metric"] == "auroc") & (frame["subgroup"] == "sex=M") & (frame["reader"] == "network")]
    by_finding = auroc.set_index("finding")
    assert np.isfinite(by_finding.loc["AF", "value"])
    assert pd.isna(by_finding.loc["LBBB", "value"])
    assert by_finding.loc["LBBB", "reason"] == "fewer than 10 ECGs of the subgroup count for this number"


def test_a_mean_within_a_subgroup_names_the_findings_that_it_is_of() -> None:
    assert "Mean over 1 of 2 findings: Atrial fibrillation" in _page()


def test_a_group_s_share_of_few_ecgs_is_given_as_counts_of_its_readings() -> None:
    frame = _study().frame
    own = frame[(frame["metric"] == "sensitivity") & (frame["finding"] == "LBBB") & (frame["subgroup"] == "")]
    own = own[own["reader"].isin(["gp1", "gp2", "gp3", "gp4"])]
    recognised = round((own["value"] * own["n"]).sum())
    assert f"{recognised} of 24" in _page()
    assert "Fewer than ten ECGs: counts of all readers' readings, and no share" in _page()


def test_differences_and_means_that_rest_on_few_ecgs_say_so() -> None:
    assert "Fewer than ten ECGs stand behind it." in _page()
    assert "Half of the findings averaged, or more, are shown by fewer than ten ECGs" in _page()


def test_the_methods_name_no_number_that_differs_from_row_to_row() -> None:
    methods = _page().split("What each measure answers, how it is made, and what it does not say", 1)[1]
    assert "Mean over findings" in methods
    assert not re.search(r"mean over \d+", methods, re.IGNORECASE)
