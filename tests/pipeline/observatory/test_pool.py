"""Several studies together: what is pooled with what, what few studies and small numbers cannot say, and bad files."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from commands import status_of
from made_studies import accuracy, kappa, summary, written

from ecg_eval.domain.facts.observatory import SoftwareSummary
from ecg_eval.domain.facts.pooled import PooledNumber, Pooling
from ecg_eval.errors import ProblemsError
from ecg_eval.pipeline.observatory.pool import pool_files, pool_studies, pooled_lines
from ecg_eval.reports.pooled_page import render_pooling, said_lines
from ecg_eval.stats.meta.bivariate import bivariate_meta_analysis
from ecg_eval.stats.meta.effects import Effects, logit_effects
from ecg_eval.stats.meta.random_effects import pool_effects
from ecg_eval.stats.meta.study_counts import StudyCounts

COUNTS = [(52, 62, 141, 161), (83, 135, 178, 203), (105, 136, 222, 264), (82, 106, 266, 320), (70, 84, 292, 398)]


def pooled(folder: Path, *studies: object) -> Pooling:
    return pool_studies(written(folder, {f"f{i}": s for i, s in enumerate(studies)}))  # type: ignore[misc]


def number(pooling: Pooling, quantity: str) -> PooledNumber:
    (one,) = [n for n in pooling.numbers if n.question.quantity == quantity]
    return one


def test_five_studies_are_pooled_together_by_the_bivariate_kernel(tmp_path: Path) -> None:
    pooling = pooled(tmp_path, *(summary(f"s{i}", accuracy(*c)) for i, c in enumerate(COUNTS)))
    right, positive, kept, negative = np.array(COUNTS, float).T
    counts = StudyCounts.of(
        true_positive=right, false_negative=positive - right, false_positive=negative - kept, true_negative=kept
    )
    wanted = bivariate_meta_analysis(counts=counts).accuracy
    assert wanted is not None
    for quantity, estimate, side in (("sensitivity", wanted.sensitivity, 0), ("specificity", wanted.specificity, 1)):
        found = number(pooling, quantity)
        assert found.estimate.value == pytest.approx(estimate.value)
        assert found.estimate.low == pytest.approx(estimate.low)
        assert found.prediction_high == pytest.approx(wanted.prediction(side).high)
        assert sum(s.weight or 0 for s in found.studies) == pytest.approx(1)


def test_three_studies_are_pooled_each_by_itself(tmp_path: Path) -> None:
    pooling = pooled(tmp_path, *(summary(f"s{i}", accuracy(*c)) for i, c in enumerate(COUNTS[:3])))
    right, positive, _, _ = np.array(COUNTS[:3], float).T
    wanted = pool_effects(effects=logit_effects(events=right, trials=positive)).mean
    found = number(pooling, "sensitivity").estimate
    assert found.value == pytest.approx(1 / (1 + np.exp(-(wanted.value or 0))))
    assert "Hartung-Knapp" in found.method


def test_twelve_readers_of_one_ecg_are_not_twelve_ecgs(tmp_path: Path) -> None:
    once = accuracy(*COUNTS[0])
    twelve = replace(accuracy(*(12 * x for x in COUNTS[0])), readers=12, sensitivity_error=once.sensitivity_error)
    cases = [number(pooled(tmp_path, summary("s", a)), "sensitivity").studies[0].cases for a in (once, twelve)]
    assert cases[0] == pytest.approx(62)
    assert cases[1] == pytest.approx(62)


def test_one_study_is_shown_and_not_pooled(tmp_path: Path) -> None:
    pooling = pooled(tmp_path, summary("s", accuracy(*COUNTS[0]), agreement=(kappa(0.5, 0.1),)))
    found = number(pooling, "sensitivity")
    assert found.estimate.value == pytest.approx(52 / 62)
    assert found.heterogeneity.value is found.prediction_low is None
    assert number(pooling, "kappa").estimate.low == pytest.approx(0.5 - 1.959964 * 0.1)
    assert "There is one study" in said_lines(pooling)[0]


def test_two_studies_have_wide_intervals_and_a_sentence(tmp_path: Path) -> None:
    pooling = pooled(tmp_path, *(summary(f"s{i}", accuracy(*c)) for i, c in enumerate(COUNTS[:2])))
    found = number(pooling, "sensitivity").estimate
    assert found.low is not None
    assert found.low < 0.2
    assert "There are two studies" in said_lines(pooling)[0]
    assert "deux études" in said_lines(pooling, "fr")[0]


def test_kappa_is_pooled_as_it_is(tmp_path: Path) -> None:
    values = [(0.47, 0.078), (0.70, 0.057), (0.57, 0.052)]
    pooling = pooled(tmp_path, *(summary(f"s{i}", agreement=(kappa(*v),)) for i, v in enumerate(values)))
    value, error = np.array(values).T
    wanted = pool_effects(effects=Effects(value, error**2))
    assert number(pooling, "kappa").estimate.value == pytest.approx(wanted.mean.value)
    assert number(pooling, "kappa").i_squared == pytest.approx(wanted.i_squared)


def test_perfect_studies_and_studies_without_a_case_are_pooled_without_a_traceback(tmp_path: Path) -> None:
    perfect = [summary(f"s{i}", accuracy(20, 20, 50, 50)) for i in range(6)]
    found = number(pooled(tmp_path, *perfect), "sensitivity")
    assert found.estimate.value is not None
    assert found.estimate.value < 1
    assert "corrected" in found.notes
    none = [summary(f"s{i}", accuracy(0, 0, 50, 60)) for i in range(2)]
    assert {n.question.quantity for n in pooled(tmp_path, *none).numbers} == {"specificity"}


def test_what_studies_withhold_is_counted(tmp_path: Path) -> None:
    hidden = replace(
        accuracy(*COUNTS[0]), true_positive=None, false_negative=None, positive_ecgs=None, sensitivity=None
    )
    pooling = pooled(tmp_path, summary("a", hidden), summary("b", accuracy(*COUNTS[1])))
    assert number(pooling, "sensitivity").withheld == 1
    assert "One number of a study is withheld" in "".join(said_lines(pooling))
    every = pooled(tmp_path, summary("a", hidden), summary("b", hidden))
    assert number(every, "sensitivity").estimate.reason == "all studies withhold it"
    assert "withheld by all studies" in render_pooling(every)


def test_the_same_file_counts_once_and_another_of_the_study_is_named(tmp_path: Path) -> None:
    one = summary("s", accuracy(*COUNTS[0]))
    assert len(pooled(tmp_path, one, one).studies) == 1
    two = pooled(
        tmp_path, one, replace(one, evaluation="x"), replace(summary("t", accuracy(*COUNTS[1])), simulated=True)
    )
    said = "\n".join(said_lines(two))
    assert "s was given with different numbers (f0.json and f1.json)" in said
    assert "t is simulated and is pooled with studies of people" in said


def test_a_version_that_reads_worse_is_found_and_years_have_a_slope(tmp_path: Path) -> None:
    studies = []
    for i in range(12):
        right = 90 - 2 * (i % 3) - (30 if i % 2 else 0)
        one = summary(f"s{i}", accuracy(right, 100, 80 + i % 3, 100), version="2" if i % 2 else "1")
        studies.append(replace(one, period_end=f"{2014 + i}"))
    pooling = pooled(tmp_path, *studies)
    version, year = (
        next(d for d in pooling.drifts if d.moderator == m and d.question.quantity == "sensitivity")
        for m in ("version", "year")
    )
    assert version.test.p_value is not None
    assert version.test.p_value < 0.001
    assert version.test.p_adjusted is not None
    assert [(v, n) for v, n, _ in version.by_version] == [("1", 6), ("2", 6)]
    assert version.by_version[0][2].value == pytest.approx(0.88, abs=0.01)
    assert year.slope is not None
    assert year.slope.value is not None
    assert year.slope.value < 0
    few = pooled(tmp_path, studies[0], studies[1])
    reasons = {d.test.reason for d in few.drifts}
    assert any("cannot be told apart" in (r or "") for r in reasons)


def test_people_are_versioned_by_the_program_that_helps_them(tmp_path: Path) -> None:
    people = accuracy(*COUNTS[0], reader="gp", is_software=False, arm="aided")
    together = replace(kappa(0.5, 0.1), arm="aided")
    helping = (SoftwareSummary(name="net", version="2", helps_in=("aided",)),)
    pooling = pooled(tmp_path, summary("s", people, software=helping, agreement=(together,)))
    assert {n.studies[0].software_version for n in pooling.numbers} == {"net 2"}


def test_files_that_are_none_are_all_named(tmp_path: Path) -> None:
    good = written(tmp_path, {"good": summary("s", accuracy(*COUNTS[0]))})
    held = json.loads(good[0].read_text())
    bad = {
        "text": "no json",
        "list": "[]",
        "other": json.dumps({"format": "else"}),
        "newer": json.dumps(held | {"version": 2}),
        "unknown": json.dumps(held | {"names": ["Dr A"]}),
        "infinite": json.dumps(held).replace(str(held["accuracy"][0]["specificity"]), "Infinity"),
        "impossible": json.dumps(held).replace(str(held["accuracy"][0]["sensitivity"]), "1.5"),
        "day": json.dumps(held | {"period_end": "2026-05-03"}),
        "lacking": json.dumps({k: v for k, v in held.items() if k != "accuracy"}),
    }
    paths = [*good, tmp_path / "gone.json"]
    for name, text in bad.items():
        (tmp_path / f"{name}.json").write_text(text)
        paths.append(tmp_path / f"{name}.json")
    with pytest.raises(ProblemsError) as caught:
        pool_studies(paths)
    said = str(caught.value)
    assert len(caught.value.problems) == len(bad) + 1
    for name in (*bad, "gone"):
        assert f"{name}.json" in said
    assert "export RUN --observatory" in said


def test_tables_and_pages_are_written_in_both_languages(tmp_path: Path) -> None:
    people = accuracy(*COUNTS[0], reader="gp", is_software=False, readers=5)
    studies = {
        f"s{i}": summary(f"s{i}", accuracy(*c), replace(people, sensitivity=c[0] / c[1]), agreement=(kappa(0.5, 0.1),))
        for i, c in enumerate(COUNTS)
    }
    outcome = pool_files(written(tmp_path, studies), out=tmp_path / "out")
    table = pd.read_csv(outcome.tables[0], float_precision="round_trip")
    assert set(table["reader"]) == {"net", "gp"}
    assert table["value"].between(0, 1).all()
    english, french = (page.read_text(encoding="utf-8") for page in outcome.pages)
    assert "GPs, unaided, Atrial fibrillation" in english
    assert "Fibrillation atriale" in french
    assert english.count("<svg") == french.count("<svg") == 4  # two pictures, each for a screen and for a phone
    assert "http" not in english.replace("http-equiv", "").replace("http://www.w3.org", "")
    assert any("5 file(s)" in line for line in pooled_lines(outcome))


def test_names_of_strangers_are_shown_as_they_are_and_run_nothing(tmp_path: Path) -> None:
    name = "<script>$x^ {y$"
    studies = (summary(f"{name}{i}", accuracy(*c, finding=f"<b>{name}")) for i, c in enumerate(COUNTS[:2]))
    page = render_pooling(pooled(tmp_path, *studies))
    assert "<script>$" not in page
    assert "<b><script>" not in page
    assert page.count("&lt;script&gt;$x^ {y$") >= 4


def test_the_command_says_what_came_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = written(tmp_path, {f"s{i}": summary(f"s{i}", accuracy(*c)) for i, c in enumerate(COUNTS[:3])})
    assert status_of("pool", *paths, "--out", tmp_path / "o", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["pooled"]) == 2
