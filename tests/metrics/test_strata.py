"""Comparisons over practices and sites: the rows, and what they rest on."""

import pandas as pd
import pytest
from metrics.test_by_design import study

from ecg_eval.domain.evaluation import Row, single_rows
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.pipeline.plugins import make
from ecg_eval.stats.proportion.stratified import Strata, mantel_haenszel


def rows(name: str, of: ReaderStudy, **arguments: object) -> list[Row]:
    return list(single_rows(make("metrics", name, arguments).rows(of, level=0.95)))


def divided(design: str, **changes: object) -> ReaderStudy:
    made = study(design)
    ids = made.records.index
    records = made.records.assign(site=["a", "b", "c"] * 40)
    sex = pd.DataFrame({"sex": pd.Series(["F", "M"] * 60, index=ids, dtype="string")})
    return study(design, **({"records": records, "subgroups": sex} | changes))


@pytest.mark.parametrize("design", ["crossover", "parallel", "half_and_half", "stepped_wedge"])
def test_help_within_practices(design: str) -> None:
    found = rows("aid_effect_over_strata", study(design))
    common, strata = found[0], found[1:]
    assert common.subgroup == ""
    assert 0.1 < common.estimate.value < 0.2  # help is worth 0.15
    assert common.estimate.low > 0
    assert "do the strata differ: chi-squared" in common.estimate.method
    assert all(r.subgroup.startswith("readers: practice_id=p") for r in strata)
    assert ("not adjusted for period" in common.estimate.method) == (design == "stepped_wedge")


def test_help_within_sites_of_those_who_show_it() -> None:
    made = divided("crossover")
    records = made.records.assign(site=["a", "b", None] * 40)
    found = rows("aid_effect_over_strata", divided("crossover", records=records), by="site", measure="sensitivity")
    assert [r.subgroup for r in found] == ["", "site=a", "site=b"]
    assert "readings without site left out" in found[0].estimate.method
    few = study("crossover", records=records, subgroup_minimum_n=10**6)
    reasons = {r.estimate.reason for r in rows("aid_effect_over_strata", few, by="site")[1:]}
    assert reasons == {"fewer than 1000000 ECGs of the subgroup count for this number"}


def test_a_gap_within_sites_is_mantel_haenszels() -> None:
    made = divided("crossover")
    found = [r for r in rows("sensitivity_gap_over_strata", made) if r.subgroup == "sex=F"]
    row = next(r for r in found if r.reader == "gp1" and r.arm == "unaided" and r.finding == "AF")
    truth, call = made.truth("AF"), made.calls("gp1", "unaided", "AF")
    table = pd.DataFrame({"y": call, "sex": ["F", "M"] * 60, "site": ["a", "b", "c"] * 40})[truth == 1]
    sums = table.groupby(["sex", "site"])["y"].agg(["sum", "count"])
    x, n = sums["sum"], sums["count"]
    strata = Strata.of(events_first=x["F"], n_first=n["F"], events_second=x["M"], n_second=n["M"])
    wanted = mantel_haenszel(strata)
    assert (row.estimate.value, row.estimate.low) == pytest.approx((wanted.value, wanted.low))
    assert "do the strata differ" in row.estimate.method


def test_a_gap_where_patients_have_several_ecgs_is_between_patients() -> None:
    made = divided("crossover")
    records = made.records.assign(patient_id=[f"p{i // 2}" for i in range(120)])
    found = rows("specificity_gap_over_strata", divided("crossover", records=records))
    assert all("between patients" in r.estimate.method for r in found)
    few = divided("crossover", records=records, subgroup_minimum_n=10**6)
    assert {r.estimate.value for r in rows("specificity_gap_over_strata", few)} == {None}


def test_without_subgroups_or_help_there_is_nothing_to_say() -> None:
    made = study("crossover")
    assert rows("sensitivity_gap_over_strata", made) == []
    unaided = made.readings[(made.readings["arm"] == "unaided").to_numpy()]
    assert rows("aid_effect_over_strata", study("crossover", readings=unaided)) == []
    reader_column = rows("sensitivity_gap_over_strata", divided("crossover"), by="practice_id")
    nothing = "nothing is known of practice_id, by which ECGs or readers were to be divided"
    assert {r.estimate.reason for r in reader_column} == {nothing}


def test_unknown_columns_and_measures_are_refused() -> None:
    (row,) = rows("aid_effect_over_strata", divided("crossover"), by="sites")
    assert row.estimate.reason == "nothing is known of sites, by which ECGs or readers were to be divided"
    with pytest.raises(ConfigError, match="Did you mean 'accuracy'"):
        rows("aid_effect_over_strata", divided("crossover"), measure="acuracy")
