"""The form of a plan, and what clustering and dropout do to it."""

import pytest

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.sample_size.arguments import check_at_least
from ecg_eval.stats.sample_size.clustering import design_effect, with_clustering, with_dropout
from ecg_eval.stats.sample_size.mrmc import mrmc_required_cases
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign
from ecg_eval.stats.sample_size.paired import mcnemar_cases
from ecg_eval.stats.sample_size.plan import Plan, round_up
from ecg_eval.stats.sample_size.proportions import accuracy_cases, proportion_cases


def test_plan_refuses_what_is_no_number() -> None:
    with pytest.raises(ArgumentError, match="power"):
        Plan(method="m", sentence="s", power=float("nan"))


def test_plan_reads_as_its_sentence() -> None:
    plan = Plan(method="m", sentence="All is well.", n_total=5.0)  # type: ignore[arg-type]
    assert str(plan) == "All is well."
    assert plan.is_defined
    assert isinstance(plan.n_total, int)


def test_rounding_forgives_the_last_digits() -> None:
    assert round_up(29 + 1e-13) == 29
    assert round_up(29.0001) == 30


def test_design_effect_on_paper() -> None:
    assert design_effect(cluster_size=4, icc=0.25) == 1.75
    assert design_effect(cluster_size=1, icc=0.9) == 1
    # cv = 0.5: 1 + (1.25 x 4 - 1) x 0.25
    assert design_effect(cluster_size=4, icc=0.25, cluster_size_sd=2) == 2.0
    for bad in ({"cluster_size": 0.5, "icc": 0.1}, {"cluster_size": 2, "icc": 1.1}, {"cluster_size": 2, "icc": -0.1}):
        with pytest.raises(ArgumentError):
            design_effect(**bad)
    with pytest.raises(ArgumentError):
        check_at_least("who", 0, what=float("inf"))


def test_clustering_of_a_plan_without_kinds() -> None:
    plan = mcnemar_cases(p_only_first=0.2, p_only_second=0.1)
    more = with_clustering(plan=plan, cluster_size=2, icc=0.5)
    assert more.n_total == round_up(plan.n_total_exact * 1.5)
    assert more.n_clusters == round_up(plan.n_total_exact * 1.5 / 2)
    assert (more.n_independent, more.power, more.design_effect) == (plan.n_total, plan.power, 1.5)
    assert "patients are needed" in more.sentence


def test_clustering_of_a_plan_with_kinds() -> None:
    plan = accuracy_cases(measure="sensitivity", expected=0.9, half_width=0.05, prevalence=0.25)
    more = with_clustering(plan=plan, cluster_size=3, icc=0.2)
    assert more.n_positive == round_up(plan.n_positive_exact * 1.4)
    assert more.n_total == more.n_positive + more.n_negative
    # epiR: epi.ssclus1estb(b = 3, Py = 0.9, epsilon = 0.05, error = "absolute", rho = 0.2): n = z^2 p q D / L^2
    proportion = proportion_cases(expected=0.9, half_width=0.05)
    clustered = with_clustering(plan=proportion, cluster_size=3, icc=0.2)
    exact = 1.959964**2 * 0.09 / 0.0025 * 1.4
    assert (clustered.n_total, clustered.n_clusters) == (round_up(exact), round_up(exact / 3))


def test_clustering_of_rounded_plans() -> None:
    plan = Plan(method="m", sentence="s.", n_total=30, n_positive=10, n_negative=20)
    more = with_clustering(plan=plan, cluster_size=2, icc=0.5)
    assert (more.n_positive, more.n_negative, more.n_total, more.n_clusters) == (15, 30, 45, 23)


def test_nothing_to_enlarge() -> None:
    plan = Plan(method="m", sentence="None.", reason="no size is enough")
    assert with_clustering(plan=plan, cluster_size=3, icc=0.2) == plan
    assert with_dropout(plan=plan, cases=0.2).sentence == "None."


def test_dropout_of_readers_and_cases() -> None:
    components = MrmcComponents(test_reader=2e-4, cov1=3.5e-4, cov2=3.4e-4, cov3=2.4e-4, error=8e-4, n_cases=114)
    plan = mrmc_required_cases(components=components, n_readers=9, design=MrmcDesign(effect=0.05))
    lost = with_dropout(plan=plan, cases=0.1, readers=0.25)
    assert lost.n_readers_recruited == 12
    assert lost.n_recruited == round_up(plan.n_total / 0.9)
    assert (lost.n_total, lost.n_readers) == (plan.n_total, 9)
    assert "12 readers (losing 25 %)" in lost.sentence
    with pytest.raises(ArgumentError):
        with_dropout(plan=plan, cases=1.0)
