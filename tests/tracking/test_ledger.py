"""How often a test set was looked at: what a look is known by, what is counted, and what is said of it."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from reports.study_fixture import bare, toy_result

from ecg_eval.domain.evaluation import MACRO
from ecg_eval.domain.result import StudyResult
from ecg_eval.errors import TrackingError
from ecg_eval.tracking import ledger_store, mlflow_tracker
from ecg_eval.tracking.ledger import Ledger, Look
from ecg_eval.tracking.log_items import log_items
from ecg_eval.tracking.log_looks import test_set_digest as digest_of_test_set
from ecg_eval.tracking.log_looks import version_digest
from ecg_eval.tracking.log_run import DESCRIPTION, HEADLINE, HEADLINE_ERROR, TEST_SET, VERSION, LogRun
from ecg_eval.tracking.mlflow_tracker import TrackingOutcome, log_to_mlflow, read_ledger
from ecg_eval.tracking.store import sqlite_uri

MODEL, FLOOR = "beat_features", "prevalence"


def with_digest(result: StudyResult, digest: str) -> StudyResult:
    models = {MODEL: replace(result.provenance.models[MODEL], digest=digest)}
    return replace(result, provenance=replace(result.provenance, models=models))


def with_study(result: StudyResult, **changes: object) -> StudyResult:
    return replace(result, study=replace(result.study, **changes))  # type: ignore[arg-type]


# ---- what a look is known by


def test_a_test_set_is_its_ecgs_and_their_truth_whoever_reads_and_whatever_it_is_called() -> None:
    result = toy_result()
    study = result.study
    same = [
        replace(result, name="another", heading="Another study"),
        toy_result(n_readers=2),
        bare(result),
        with_study(result, records=study.records.iloc[::-1], findings=study.findings[::-1]),
    ]
    assert {digest_of_test_set(other) for other in same} == {digest_of_test_set(result)}
    truth = study.reference.table.copy()
    truth.iloc[0, 0] = 1 - truth.iloc[0, 0]
    others = [
        with_study(result, reference=replace(study.reference, table=truth)),
        with_study(result, reference=replace(study.reference, table=study.reference.table.iloc[1:])),
        with_study(result, findings=study.findings[1:]),
    ]
    assert len({digest_of_test_set(other) for other in (result, *others)}) == 4


def test_a_version_is_what_made_the_answers_and_the_calls() -> None:
    result = with_digest(toy_result(), "weights of May")
    version = version_digest(result, MODEL)
    assert version == version_digest(replace(result, name="another"), MODEL)
    assert version == version_digest(with_study(result, records=result.study.records.iloc[::-1]), MODEL)
    assert version != version_digest(with_digest(result, "weights of June"), MODEL)
    lower = tuple(replace(t, threshold=t.threshold - 0.01) if t.threshold else t for t in result.provenance.thresholds)
    assert version != version_digest(replace(result, provenance=replace(result.provenance, thresholds=lower)), MODEL)
    readings = result.study.readings.copy()
    mine = readings["reader_id"] == MODEL
    readings.loc[mine, "score"] += 1e-9  # another processor
    assert version == version_digest(with_study(result, readings=readings), MODEL)
    readings.loc[mine, "reading"] = "present"
    assert version != version_digest(with_study(result, readings=readings), MODEL)


def test_of_answers_from_a_file_the_scores_are_the_version() -> None:
    result = bare(toy_result())
    readings = result.study.readings.copy()
    readings.loc[readings["reader_id"] == MODEL, "score"] += 0.001
    assert version_digest(result, MODEL) != version_digest(with_study(result, readings=readings), MODEL)
    assert version_digest(result, FLOOR) == version_digest(with_study(result, readings=readings), FLOOR)


def test_models_carry_marks_and_floors_and_people_are_no_models() -> None:
    result = toy_result()
    tags = {run.name: run.tags for run in log_items(result)}
    assert tags[MODEL][TEST_SET] == tags[FLOOR][TEST_SET] == digest_of_test_set(result)
    assert tags[MODEL][VERSION] == version_digest(result, MODEL)
    assert VERSION not in tags[FLOOR]
    people = [name for name in tags if name not in (MODEL, FLOOR)]
    assert people
    assert not any({TEST_SET, VERSION} & set(tags[name]) for name in people)
    unknown = {run.name: run.tags for run in log_items(toy_result(known=False))}
    assert unknown[MODEL][TEST_SET] == "none"
    assert VERSION not in unknown[MODEL]


def test_the_headline_number_is_the_planned_one_or_the_usual() -> None:
    result = toy_result()
    (usual,) = (run for run in log_items(result) if run.name == MODEL)
    assert usual.tags[HEADLINE] == "auroc/macro"
    row = result.evaluation.select(metric="auroc", reader=MODEL, finding=MACRO, subgroup="").iloc[0]
    width = float(row["high"] - row["low"]) / (2 * 1.959964)
    assert float(usual.tags[HEADLINE_ERROR]) == pytest.approx(width, rel=1e-4)
    frame = result.evaluation.frame
    planned = (frame["metric"] == "specificity") & (frame["reader"] == MODEL) & (frame["finding"] == MACRO)
    named = replace(result, evaluation=type(result.evaluation)(frame.assign(pre_specified=planned)))
    (run,) = (run for run in log_items(named) if run.name == MODEL)
    assert run.tags[HEADLINE] == "spec/macro"
    for is_share, wanted in ((True, "spec/macro"), (False, "auroc/macro")):
        # a share that answers a question of its own, as that of a single choice, and what is none
        facts = replace(named.provenance.metrics["specificity"], answers="question", is_share=is_share)
        provenance = replace(named.provenance, metrics={**named.provenance.metrics, "specificity": facts})
        (run,) = (run for run in log_items(replace(named, provenance=provenance)) if run.name == MODEL)
        assert run.tags[HEADLINE] == wanted
    assert usual.metrics["auroc/macro"] == round(float(row["value"]), 4)


# ---- what is said


def looked(*looks: tuple[str, str, str], evaluation: str = "now", **facts: object) -> Ledger:
    made = [
        Look(model=model, version=version, evaluation=by, at_ms=1000 * i, metrics={"auroc/macro": 0.9 + i / 100})
        for i, (model, version, by) in enumerate(looks)
    ]
    return Ledger(test_set="t", evaluation=evaluation, looks=tuple(made), headline="auroc/macro", **facts)  # type: ignore[arg-type]


def test_looks_are_counted_by_version_and_by_model() -> None:
    ledger = looked(("a", "1", "x"), ("a", "2", "y"), ("b", "3", "y"), ("a", "1", "z"), ("a", "4", "now"))
    assert ledger.sentences()[0] == (
        "This test set was scored by 2 models in 3 versions before; this run adds 1 version."
    )
    oldest = ledger.versions[0]
    assert (oldest.digest, oldest.n_looks, oldest.first_ms, oldest.last_ms) == ("1", 2, 0, 3000)
    assert oldest.value == pytest.approx(0.93), "as it was logged last"
    assert oldest.low is None


def test_what_was_looked_at_before_is_no_new_look() -> None:
    again = looked(("a", "1", "x"), ("a", "1", "now"))
    assert again.sentences() == ["This test set was scored by 1 model in 1 version before; this run adds none."]
    first = looked(("a", "1", "now"))
    assert first.sentences() == ["This test set was scored by no model before in this store; this run adds 1 version."]
    later = looked(("a", "1", "now"), ("a", "2", "x"))
    assert later.sentences()[0].endswith("this run adds 1 version; 1 version came after it.")
    not_there = looked(("a", "1", "x"), ("b", "2", "x"), evaluation="another")
    assert not_there.sentences()[0] == (
        "This test set was scored by 2 models in 2 versions in this store; this run itself is not logged there."
    )


def test_the_gain_by_chance_is_the_expected_best_times_the_standard_error() -> None:
    ten = looked(*((f"m{i}", str(i), "now") for i in range(10)), standard_error=0.01)
    assert ten.gain == pytest.approx(0.0153875, abs=1e-6)  # Harter 1961: 1.53875
    assert "1.5 points of auroc/macro (1.54 standard errors) by chance alone" in ten.sentences()[-1]
    head = "Caution, adaptive overfitting: of 10 versions, were they of equal worth, the best looks better by"
    assert ten.sentences()[-1].startswith(head)
    assert "upper guide" in ten.sentences()[-1]
    unknown = looked(*((f"m{i}", str(i), "now") for i in range(10)))
    assert unknown.gain is None
    assert "1.54 standard errors, whose size is not known here" in unknown.sentences()[-1]


def test_nothing_is_gained_by_choosing_between_equal_numbers() -> None:
    looks = looked(*((f"m{i}", str(i), "now") for i in range(4)), standard_error=0.01).looks
    as_first = tuple(replace(look, metrics=looks[0].metrics) for look in looks[:3])
    told = replace(looked(), looks=(*as_first, looks[3]), standard_error=0.01)
    assert (len(told.versions), told.n_candidates) == (4, 2)
    assert told.gain == pytest.approx(0.0056419, abs=1e-6)  # Harter 1961: 0.56419
    assert "Of 2 versions that differ in auroc/macro, were they of equal worth" in told.sentences()[-1]
    equal = replace(told, looks=as_first)
    assert (equal.n_candidates, len(equal.sentences())) == (1, 1)
    without = replace(told, headline="")
    assert without.n_candidates == 4, "what is not known may differ"


@pytest.mark.parametrize(("n", "warned"), [(2, False), (3, False), (4, True)])
def test_it_is_a_matter_from_one_standard_error_on(n: int, warned: bool) -> None:
    last = looked(*(("a", str(i), "now") for i in range(n)), standard_error=0.02).sentences()[-1]
    assert last.startswith("Caution" if warned else "Of ")


def test_what_cannot_be_counted_is_named_with_its_number() -> None:
    ledger = looked(("a", "1", "now"), n_other_versions=2, n_unmarked=1)
    assert ledger.sentences()[1:] == [
        "On the same ECGs with other findings or another truth: 2 versions more.",
        "1 run of machines on the same data was logged before looks were marked, and not counted.",
    ]


# ---- what a store holds


@pytest.fixture(scope="module")
def store(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return one store for all tests: each has a test set of its own, so that they do not see one another."""
    path = tmp_path_factory.mktemp("ledger") / "mlflow.db"
    shutil.copy(empty_store, path)
    return sqlite_uri(path)


def models_of(evaluation: str, version: str, *, n_records: int, study: str = "rehearsal") -> list[LogRun]:
    """Return what is counted of an evaluation; the number of records makes the test set another one."""
    result = with_digest(toy_result(n_readers=2, n_records=n_records), version)
    named = replace(result, name=study, provenance=replace(result.provenance, evaluation_id=evaluation))
    runs = [run for run in log_items(named) if run.name in (MODEL, FLOOR)]
    return [replace(run, artifacts=(), tables={}, params={}, metrics={"auroc/macro": 0.9}) for run in runs]


def log(items: Sequence[LogRun], store: str, experiment: str = "ecg_eval") -> TrackingOutcome:
    return log_to_mlflow(items, uri=store, experiment=experiment, run_folder=Path("nowhere"))


def test_a_test_set_is_counted_over_experiments_and_study_names(store: str) -> None:
    first = log(models_of("e1", "May", n_records=100)[-1:], store)
    assert first.looks == ["This test set was scored by no model before in this store; this run adds 1 version."]
    other = log(models_of("e2", "June", n_records=100, study="another"), store, "another")
    assert other.looks[0] == "This test set was scored by 1 model in 1 version before; this run adds 1 version."
    again = log(models_of("e3", "May", n_records=100)[-1:], store)
    assert again.looks[0] == "This test set was scored by 1 model in 2 versions before; this run adds none."
    twice = log(models_of("e3", "May", n_records=100)[-1:], store)
    assert twice.looks == again.looks
    elsewhere = log(models_of("e4", "May", n_records=102)[-1:], store)
    assert elsewhere.looks == first.looks
    with mlflow_tracker.quiet():
        client = mlflow_tracker._client(store)
        run, floor = (client.get_run(other.run_ids[name]) for name in (MODEL, FLOOR))
    assert run.data.tags["test_set.versions_before"] == "1"
    assert run.data.tags["test_set.models_before"] == "1"
    assert run.data.tags["test_set.scored_versions"] == "2"
    assert run.data.tags[DESCRIPTION].endswith(" ".join(other.looks))
    assert "test_set.scored_versions" not in floor.data.tags


def test_a_look_stays_a_look_when_its_run_is_deleted(store: str) -> None:
    first = log(models_of("d1", "May", n_records=104)[-1:], store)
    with mlflow_tracker.quiet():
        mlflow_tracker._client(store).delete_run(first.run_ids[MODEL])
    second = log(models_of("d2", "June", n_records=104)[-1:], store)
    assert second.ledger is not None
    assert [v.digest for v in second.ledger.before] == [models_of("d1", "May", n_records=104)[-1].tags[VERSION]]


def test_runs_that_carry_no_marks_and_other_truths_are_counted_apart(store: str) -> None:
    marked = models_of("m1", "May", n_records=106)
    old = [replace(run, tags={k: v for k, v in run.tags.items() if k not in (TEST_SET, VERSION)}) for run in marked]
    log(old[-1:], store)
    other = models_of("m2", "June", n_records=106)[-1:]
    log([replace(run, tags={**run.tags, TEST_SET: "another truth"}) for run in other], store)
    counted = log(models_of("m3", "July", n_records=106)[-1:], store).ledger
    assert counted is not None
    assert (counted.n_unmarked, counted.n_other_versions, len(counted.versions)) == (1, 1, 1)


def test_pages_of_a_large_store_are_all_read(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_store, "_PAGE", 1)
    log(models_of("p1", "May", n_records=108)[-1:], store)
    outcome = log(models_of("p2", "June", n_records=108)[-1:], store, "another")
    assert outcome.ledger is not None
    assert len(outcome.ledger.versions) == 2


def test_a_store_that_may_not_be_searched_costs_the_count_alone(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("403: you may log and not search\nmore")

    monkeypatch.setattr(mlflow_tracker, "ledger_of", refuse)
    outcome = log(models_of("r1", "May", n_records=110), store)
    assert outcome.logged
    assert "2 runs" in outcome.message
    assert outcome.looks == [
        "How often this test set was scored could not be counted: 403: you may log and not search."
    ]
    with pytest.raises(TrackingError, match="may log and not search"):
        read_ledger(models_of("r1", "May", n_records=110), uri=store)


def test_a_count_that_may_not_be_written_is_said_all_the_same(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("403")

    monkeypatch.setattr(mlflow_tracker, "mark", refuse)
    outcome = log(models_of("w1", "May", n_records=112)[-1:], store)
    assert outcome.logged
    assert outcome.looks == [
        "This test set was scored by no model before in this store; this run adds 1 version.",
        "This could not be written onto the runs: 403.",
    ]


def test_a_count_that_takes_too_long_costs_the_count_alone() -> None:
    made = mlflow_tracker._Logged(run_ids={MODEL: "1"}, experiment_id="3", stands=True)
    late = mlflow_tracker._late(made, 2.0)
    assert (late.why, late.run_ids) == ("", {MODEL: "1"})
    assert "more than 2 s" in late.not_counted
    assert mlflow_tracker._late(mlflow_tracker._Logged(), 2.0).why


def test_without_a_model_nothing_is_counted(store: str, tmp_path: Path) -> None:
    people = [run for run in log_items(toy_result(n_readers=2)) if run.name not in (MODEL, FLOOR)]
    assert log([replace(run, artifacts=()) for run in people[:1]], store).looks == []
    assert read_ledger(people, uri=store) is None
    with pytest.raises(TrackingError, match="one that exists"):
        read_ledger(people, uri=sqlite_uri(tmp_path / "nothing.db"))
    assert not (tmp_path / "nothing.db").exists()
