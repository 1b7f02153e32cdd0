"""What several recordings of a patient, and people who drop out, do to a size.

Recordings of one patient tell less than recordings of as many patients. The design effect says by how much: it is the
variance of the clustered sample over that of a simple one of the same size.
"""

from dataclasses import replace
from typing import TypedDict

from ecg_eval.stats.sample_size.arguments import check_at_least, check_between
from ecg_eval.stats.sample_size.plan import Plan, percent, round_up


class ClusteredSizes(TypedDict):
    """Whole numbers that a size in independent units becomes."""

    n_independent: int
    n_units: int
    n_positive: int
    n_negative: int


def design_effect(*, cluster_size: float, icc: float, cluster_size_sd: float = 0.0) -> float:
    """Design effect 1 + [(cv^2 + 1) m - 1] icc, m the mean cluster size and cv its coefficient of variation.

    Eldridge, Ashby and Kerry (Int J Epidemiol 2006;35:1292-1300); with equal clusters Kish's 1 + (m - 1) icc.

    Parameters
    ----------
    cluster_size, cluster_size_sd : float
        Mean (at least 1) and standard deviation (at least 0) of the recordings a patient.
    icc : float
        Intra-class correlation of what is counted, in [0, 1].

    Returns
    -------
    float
        At least 1; 1 when clustering does not matter.

    Examples
    --------
    >>> design_effect(cluster_size=3, icc=0.4)
    1.8
    """
    check_at_least("design_effect", 1, cluster_size=cluster_size)
    check_at_least("design_effect", 0, icc=icc, cluster_size_sd=cluster_size_sd)
    check_between("design_effect", -1, 1.0000001, icc=icc)
    variation = cluster_size_sd / cluster_size
    return 1 + ((variation**2 + 1) * cluster_size - 1) * icc


def sizes_in_clusters(exact: float, controls_per_case: float, units_per_case: float, icc: float) -> ClusteredSizes:
    """Turn a size in independent positive units into positive cases of several units each, with their controls."""
    n_independent = round_up(exact)
    n_units = round_up(n_independent * design_effect(cluster_size=units_per_case, icc=icc))
    n_positive = round_up(n_units / units_per_case)
    return {
        "n_independent": n_independent,
        "n_units": n_units,
        "n_positive": n_positive,
        "n_negative": round_up(n_positive * controls_per_case),
    }


def with_clustering(*, plan: Plan, cluster_size: float, icc: float, cluster_size_sd: float = 0.0) -> Plan:
    """Enlarge the case numbers of a plan for several recordings a patient.

    Every number of cases, before rounding where the plan knows it so, is multiplied by the design effect; the patients
    are that over the cluster size. The power, the effect and the readers stay.

    Parameters
    ----------
    plan : Plan
        Made as if every recording came from its own patient.
    cluster_size, cluster_size_sd, icc : float
        As in `design_effect`. For a difference between two readings of the same recordings, the correlation is that of
        the differences, which is smaller than that of the readings.

    Returns
    -------
    Plan
        With `design_effect` and `n_clusters` (patients); the same plan where it has no number of cases.
    """
    factor = design_effect(cluster_size=cluster_size, icc=icc, cluster_size_sd=cluster_size_sd)
    if plan.n_total is None:
        return plan
    exact = factor * (plan.n_total if plan.n_total_exact is None else plan.n_total_exact)
    n_total, n_positive, n_negative = round_up(exact), plan.n_positive, plan.n_negative
    if n_positive is not None and n_negative is not None:
        n_positive = round_up(factor * (n_positive if plan.n_positive_exact is None else plan.n_positive_exact))
        n_negative = round_up(factor * (n_negative if plan.n_negative_exact is None else plan.n_negative_exact))
        n_total = n_positive + n_negative
    n_clusters = round_up(exact / cluster_size)
    return replace(
        plan,
        n_total=n_total,
        n_positive=n_positive,
        n_negative=n_negative,
        n_independent=plan.n_total,
        n_clusters=n_clusters,
        design_effect=plan.design_effect * factor,
        sentence=(
            f"{plan.sentence} As each patient gives {cluster_size:g} recordings on average (correlation {icc:g}), "
            f"{n_total} recordings of {n_clusters} patients are needed."
        ),
        inputs={**plan.inputs, "cluster_size": cluster_size, "cluster_size_sd": cluster_size_sd, "icc": icc},
    )


def with_dropout(*, plan: Plan, cases: float = 0.0, readers: float = 0.0) -> Plan:
    """Say how many cases and readers to start with, when some will be lost.

    n / (1 - share lost), rounded up. Lost at random is assumed; who stops because it is hard biases the study, and no
    size mends that.

    Parameters
    ----------
    plan : Plan
    cases, readers : float
        Shares lost, in [0, 1).

    Returns
    -------
    Plan
        With `n_recruited` and `n_readers_recruited`; the numbers that the power needs stay as they are.
    """
    check_between("with_dropout", -1e-300, 1, cases=cases, readers=readers)
    n_recruited = None if plan.n_total is None else round_up(plan.n_total / (1 - cases))
    n_readers = None if plan.n_readers is None else round_up(plan.n_readers / (1 - readers))
    starts = [
        f"{n} {what} (losing {percent(share)})"
        for n, what, share in ((n_recruited, "cases", cases), (n_readers, "readers", readers))
        if n is not None
    ]
    return replace(
        plan,
        n_recruited=n_recruited,
        n_readers_recruited=n_readers,
        sentence=f"{plan.sentence} Start with {' and '.join(starts)}." if starts else plan.sentence,
        inputs={**plan.inputs, "dropout_cases": cases, "dropout_readers": readers},
    )
