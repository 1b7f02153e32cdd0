"""The mean over readers equals the single-modality analysis of MRMCaov, and says what it cannot know."""

import csv
import json

import numpy as np
import pytest
from oracles import OWN

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.reader_mean import covariance_of_replicates, reader_mean, reader_variance
from ecg_eval.stats.resampling.draws import jackknife_weights
from ecg_eval.stats.roc.area import weighted_auroc


@pytest.mark.parametrize("modality", ["unaided", "aided"])
def test_equals_mrmcaov_on_one_modality(modality: str) -> None:
    """MRMCaov 0.3.0, single modality, jackknife covariance: values in own/01-mrmc-scores/expected.json."""
    case = OWN / "01-mrmc-scores"
    lines = (case / "reads.csv").read_text().splitlines()
    reads = [r for r in csv.DictReader(lines) if r["modality"] == modality]
    readers, cases = sorted({r["reader_id"] for r in reads}), sorted({r["ecg_id"] for r in reads})
    truth = np.array([int(next(r["truth"] for r in reads if r["ecg_id"] == c)) for c in cases])
    score = np.array(
        [
            [float(next(r["score"] for r in reads if (r["reader_id"], r["ecg_id"]) == (x, c))) for c in cases]
            for x in readers
        ]
    )
    weights = np.vstack([np.ones((1, len(cases))), jackknife_weights(cluster=np.arange(len(cases)))])
    found = np.column_stack([weighted_auroc(truth=truth, score=s, weights=weights) for s in score])
    deviations = found[1:] - found[1:].mean(axis=0)
    covariance = (len(cases) - 1) / len(cases) * deviations.T @ deviations
    estimate = reader_mean(values=found[0], covariance=covariance, n=len(cases))
    expected = {e["name"]: e["value"] for e in json.loads((case / "expected.json").read_text())["expected"]}
    wanted = {
        n: expected[f"AUC|OR|jackknife|RRRC|{modality}|{n}"] for n in ("estimate", "SE", "df", "CI low", "CI high")
    }
    got = [estimate.value, estimate.standard_error, estimate.df, estimate.low, estimate.high]
    assert got == pytest.approx(list(wanted.values()), rel=1e-7)


def test_by_hand() -> None:
    # three readers of variance 0.01 without error: SE = sqrt(0.01 / 3), df = 2
    estimate = reader_mean(values=[0.6, 0.7, 0.8], covariance=np.zeros((3, 3)), n=10, level=0.95)
    assert estimate.value == pytest.approx(0.7)
    assert estimate.standard_error == pytest.approx((0.01 / 3) ** 0.5)
    assert estimate.df == pytest.approx(2)
    assert estimate.high == pytest.approx(0.7 + 4.302653 * (0.01 / 3) ** 0.5, rel=1e-6)


def test_equal_readers_leave_the_cases_error() -> None:
    covariance = np.full((2, 2), 0.0004)
    estimate = reader_mean(values=[0.7, 0.7], covariance=covariance, n=10)
    assert estimate.standard_error == pytest.approx(0.02)
    assert estimate.df is None
    assert estimate.low == pytest.approx(0.7 - 1.959964 * 0.02, rel=1e-6)


def test_bounds_stay_in_range() -> None:
    estimate = reader_mean(values=[0.9, 1.0], covariance=np.zeros((2, 2)), n=10, lowest=0, highest=1)
    assert (estimate.low, estimate.high) == (0.0, 1.0) or estimate.high == 1.0


@pytest.mark.parametrize(
    ("values", "covariance", "said"),
    [
        ([np.nan, np.nan], np.zeros((2, 2)), "no reader's value"),
        ([0.5, np.nan], np.zeros((2, 2)), "one reader says nothing of other readers"),
        ([0.5, 0.6], np.full((2, 2), np.nan), "too few usable resamples"),
        ([0.5, 0.5], np.zeros((2, 2)), "neither readers nor cases vary"),
    ],
)
def test_what_cannot_be_known_is_said(values: list[float], covariance: np.ndarray, said: str) -> None:
    estimate = reader_mean(values=values, covariance=covariance, n=5)
    assert estimate.low is None
    assert said in str(estimate.reason)


def test_shapes_are_checked() -> None:
    with pytest.raises(ArgumentError, match="n_readers"):
        reader_mean(values=[0.5], covariance=np.zeros((2, 2)), n=1)
    with pytest.raises(ArgumentError, match="n_resamples"):
        covariance_of_replicates([0.5, 0.6])


def test_covariance_of_replicates() -> None:
    draws = np.random.default_rng(1).normal(size=(500, 3))
    assert np.allclose(covariance_of_replicates(draws), np.cov(draws, rowvar=False))
    draws[:300, 0] = np.nan
    assert np.isnan(covariance_of_replicates(draws)).all()


def test_variance_between_readers_by_hand() -> None:
    # variance of the values 0.01; errors of variance 0.004 and covariance 0.001: 0.01 - 0.004 + 0.001
    errors = np.full((3, 3), 0.001) + 0.003 * np.eye(3)
    found = reader_variance(values=[0.6, 0.7, 0.8], covariance=errors, n=10)
    assert found.value == pytest.approx(0.007)
    assert found.low is None
    assert found.reason
    alike = reader_variance(values=[0.7, 0.7, np.nan], covariance=errors, n=10)
    assert alike.value == pytest.approx(-0.003)
    assert "2 readers" in alike.method


@pytest.mark.parametrize(("values", "covariance"), [([0.7, np.nan], np.eye(2)), ([0.7, 0.8], np.full((2, 2), np.nan))])
def test_variance_between_readers_says_why_there_is_none(values: list[float], covariance: np.ndarray) -> None:
    found = reader_variance(values=values, covariance=covariance, n=10)
    assert found.value is None
    assert found.reason


def test_variance_between_readers_refuses_shapes_that_do_not_fit() -> None:
    with pytest.raises(ArgumentError, match="n_readers, n_readers"):
        reader_variance(values=[0.7, 0.8], covariance=np.eye(3), n=10)


def test_the_mean_is_tested_by_the_t_of_its_interval() -> None:
    # SE = sqrt(0.01 / 3), df = 2, t = 0.2 / SE = 3.4641; p from R 4.3: 2 * pt(-3.4641016, 2) = 0.07417990
    estimate = reader_mean(values=[0.1, 0.2, 0.3], covariance=np.zeros((3, 3)), n=10, null=0.0)
    assert estimate.statistic == pytest.approx(12**0.5)
    assert estimate.p_value == pytest.approx(0.0741799, abs=1e-6)
    edge = reader_mean(values=[0.1, 0.2, 0.3], covariance=np.zeros((3, 3)), n=10, null=float(estimate.low or 0))
    assert edge.p_value == pytest.approx(0.05)


def test_the_logit_scale_by_hand() -> None:
    # mean 0.9, SE = sqrt(0.01 / 3) = 0.057735, logit 2.197225, SE on it 0.057735 / 0.09 = 0.641500, t(2) 4.302653:
    # ends -0.562926 and 4.957376 on the logit; against 0.5, t = 2.197225 / 0.641500 = 3.425135
    given = {"values": [0.8, 0.9, 1.0], "covariance": np.zeros((3, 3)), "n": 10, "lowest": 0.0, "highest": 1.0}
    found = reader_mean(**given, scale="logit", null=0.5)
    assert (found.low, found.high) == pytest.approx((1 / (1 + np.exp(0.562926)), 1 / (1 + np.exp(-4.957376))), abs=1e-5)
    assert found.statistic == pytest.approx(3.425135, abs=1e-4)
    assert found.method.endswith("random readers and cases, logit interval")
    assert reader_mean(**given, scale="logit").p_value is None
    edge = reader_mean(**given, scale="logit", null=float(found.low or 0))
    assert edge.p_value == pytest.approx(0.05)


def test_a_mean_at_the_end_of_its_range_has_a_plain_interval_and_says_so() -> None:
    given = {"values": [1.0, 1.0], "covariance": np.full((2, 2), 0.0004), "n": 10, "lowest": 0.0, "highest": 1.0}
    found, plain = reader_mean(**given, scale="logit"), reader_mean(**given)
    assert (found.low, found.high) == (plain.low, 1.0)
    assert "plain interval as the mean is at the end of its range" in found.method


def test_the_scale_is_checked() -> None:
    given = {"values": [0.5, 0.6], "covariance": np.zeros((2, 2)), "n": 10}
    with pytest.raises(ArgumentError, match="'identity' or 'logit'"):
        reader_mean(**given, scale="log")
    with pytest.raises(ArgumentError, match="finite on the logit scale"):
        reader_mean(**given, scale="logit")


def test_blocks_equal_a_split_plot_by_mrmcaov() -> None:
    """MRMCaov 0.3.0, cases in blocks (Obuchowski, Gallas and Hillis 2012), jackknife, by `obuchowski_rockette`."""
    reads = list(csv.DictReader((OWN / "03-mrmc-splitplot" / "reads_blocks.csv").read_text().splitlines()))
    result = obuchowski_rockette(
        reader=[r["reader_id"] for r in reads],
        modality=[r["modality"] for r in reads],
        case=[r["ecg_id"] for r in reads],
        truth=[int(r["truth"]) for r in reads],
        score=[float(r["score"]) for r in reads],
        clip=False,
    )
    assert result.design == "split_plot"
    assert result.covariance is not None
    r, first, second = len(result.readers), *(result.modalities.index(m) for m in ("aided", "unaided"))
    one, other = (slice(m * r, (m + 1) * r) for m in (first, second))
    c = result.covariance
    of_differences = c[one, one] + c[other, other] - c[one, other] - c[other, one]
    block_of = {x["reader_id"]: x["ecg_id"] for x in reads}
    chained: list[set[str]] = []
    for reader in result.readers:
        read = {x["ecg_id"] for x in reads if x["reader_id"] == reader}
        mine = next((i for i, known in enumerate(chained) if known & read), len(chained))
        chained = [*chained, set()] if mine == len(chained) else chained
        chained[mine] |= read
        block_of[reader] = str(mine)
    made = reader_mean(
        values=result.values[first] - result.values[second],
        covariance=of_differences,
        n=10,
        null=0.0,
        blocks=[block_of[reader] for reader in result.readers],
    )
    wanted = result.difference("aided", "unaided")
    for name in ("value", "standard_error", "df", "low", "high", "p_value"):
        assert getattr(made, name) == pytest.approx(getattr(wanted, name), rel=1e-9)
    assert "within 2 blocks of readers" in made.method or "blocks of readers" in made.method


def test_blocks_of_one_reader_each_tell_nothing_of_readers() -> None:
    made = reader_mean(values=[0.6, 0.7], covariance=np.eye(2) * 0.01, n=10, blocks=[0, 1])
    assert made.low is None
    assert made.reason is not None
    assert "one block" in made.reason
