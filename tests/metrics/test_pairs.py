"""Pairs of readers: joint counts of all at once, what is left out of a mean, and names that collide with nothing."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ecg_eval.domain.evaluation import MACRO, Row, single_rows
from ecg_eval.domain.reading import readers_table, readings_table
from ecg_eval.domain.reference import ReferenceStandard
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.errors import ConfigError
from ecg_eval.metrics.bases.paired import paired_differences
from ecg_eval.pipeline.plugins import make

Maker = Callable[..., ReaderStudy]
FIVE = ("cohen_kappa", "pabak", "gwet_ac1", "positive_agreement", "negative_agreement")


def rows(name: str, study: ReaderStudy, **arguments: object) -> list[Row]:
    return list(single_rows(make("metrics", name, arguments).rows(study, level=0.95)))


def one(found: list[Row], **where: object) -> Row:
    chosen = [r for r in found if all(getattr(r, k) == v for k, v in where.items())]
    assert len(chosen) == 1, f"{len(chosen)} rows for {where}"
    return chosen[0]


def five_readers(make_study: Maker) -> ReaderStudy:
    """Return 60 ECGs read by five people, of whom a and b never call anything: their kappa has no value."""
    rng = np.random.default_rng(0)
    study = make_study()
    ids = study.records.index
    calls = {"a": np.zeros(60), "b": np.zeros(60)} | {r: rng.random(60) < 0.3 for r in "cde"}
    readings = pd.concat(
        [
            pd.DataFrame(
                {"record_id": ids, "reader_id": r, "finding": "AF", "reading": np.where(c, "present", "absent")}
            )
            for r, c in calls.items()
        ]
    )
    readers = readers_table(pd.DataFrame({"reader_id": list("abcde"), "kind": "gp"}))
    table = study.reference.table[["AF"]]
    return make_study(
        readings=readings_table(readings),
        readers=readers,
        findings=("AF",),
        reference=ReferenceStandard(table=table, method="m"),
    )


def test_a_pair_without_a_value_is_left_out_of_the_mean_and_said(make_study: Maker) -> None:
    found = rows("cohen_kappa", five_readers(make_study))
    pairs = [r for r in found if not r.is_group and r.finding == "AF"]
    known = [r.estimate.value for r in pairs if r.estimate.value is not None]
    assert (len(pairs), len(known)) == (10, 9)
    for finding in ("AF", MACRO):
        mean = one(found, is_group=True, finding=finding)
        assert mean.estimate.value == pytest.approx(np.mean(known))
        assert "mean over 9 of 10 pairs" in mean.estimate.method
        assert "left out" in mean.estimate.method
        assert (mean.n_readers, mean.n_people) == (5, 5)
    assert one(found, is_group=True, finding=MACRO).combined == MACRO


@pytest.mark.parametrize("name", FIVE)
def test_a_pair_counts_the_ecgs_that_both_have_read(name: str, make_study: Maker) -> None:
    study = make_study()
    gone = (study.readings["reader_id"] == "gp2") & (study.readings["record_id"] == study.records.index[0])
    holes = make_study(readings=study.readings[~gone])
    estimate = one(rows(name, holes), reader="gp1", compared_with="gp2", arm="unaided", finding="AF").estimate
    first, second = (holes.calls(r, "unaided", "AF")[1:] for r in ("gp1", "gp2"))
    assert estimate.n == 59
    assert estimate.n_positive == int(((first == 1) | (second == 1)).sum())
    assert estimate.n_discordant == int((first != second).sum())


@pytest.mark.parametrize("clustered", [False, True])
def test_many_differences_are_each_the_single_one(clustered: bool) -> None:
    rng = np.random.default_rng(2)
    table = rng.integers(0, 2, (2, 30, 40)).astype(float)
    table[:, rng.random((30, 40)) < 0.2] = np.nan
    table[:, 0] = np.nan
    table[:, 1, 1:] = np.nan
    cluster = np.arange(40) // 3 if clustered else None
    many = paired_differences(*table, cluster, 0.9, empty="nothing")
    single = (paired_differences(a[None], b[None], cluster, 0.9, empty="nothing") for a, b in zip(*table, strict=True))
    assert list(many) == [one[0] for one in single]
    assert many[0].reason == "nothing"


def test_readers_may_be_called_like_groups_and_means(make_study: Maker) -> None:
    study = make_study()
    names = {"gp1": "gp (mean of 3)", "gp2": "all gp (3)", "gp3": "macro", "model": "pooled"}
    readings = study.readings.assign(reader_id=study.readings["reader_id"].map(names))
    odd = make_study(readings=readings_table(readings), readers=study.readers.rename(index=names))
    for name in (*FIVE, "mcnemar", "fleiss_kappa"):
        groups = {label: f"{label}, group" for label in ("gp (mean of 3)", "all gp (3)")}  # labels give way to ids
        called_by = names | groups
        plain = {
            (
                called_by.get(r.reader, r.reader),
                called_by.get(r.compared_with, r.compared_with),
                r.arm,
                r.finding,
                r.is_group,
            ): r.estimate.value
            for r in rows(name, study)
        }
        called = {(r.reader, r.compared_with, r.arm, r.finding, r.is_group): r.estimate.value for r in rows(name, odd)}
        assert called == plain


def test_people_are_counted_and_programs_are_not(make_study: Maker) -> None:
    study = make_study()
    readers = study.readers.reset_index().assign(n_people=[2, None, 1, None])
    several = make_study(readers=readers_table(readers))
    found = rows("cohen_kappa", several)
    assert one(found, reader="model", compared_with="gp1", arm="unaided", finding="AF").n_people == 2
    group = one(found, reader="model", compared_with="gp (mean of 3)", arm="unaided", finding="AF")
    assert (group.n_readers, group.n_people) == (4, 4)


def test_an_unknown_test_is_refused() -> None:
    with pytest.raises(ConfigError, match="mid_p"):
        make("metrics", "mcnemar", {"method": "midp"})
