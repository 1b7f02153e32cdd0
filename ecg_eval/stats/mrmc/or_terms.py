"""The variances and the test of an Obuchowski-Rockette analysis, from mean squares and covariances."""

from math import inf, isfinite

from scipy.special import chdtrc, fdtrc

from ecg_eval.stats.mrmc.anova import Covariances, MeanSquares
from ecg_eval.stats.mrmc.intervals import MAXIMUM_DF, no_interval_reason
from ecg_eval.stats.mrmc.or_result import EqualityTest


def finite(number: float) -> float | None:
    """Return the number, or None where it is not finite."""
    return float(number) if isfinite(number) else None


def denominator_of(
    squares: MeanSquares, covariances: Covariances | None, *, fixed: bool, constrain: bool
) -> tuple[float, float | None]:
    """Return the denominator of the test of modalities and its degrees of freedom (None: a chi-square test).

    Random readers and cases: MS(error) + m max(Cov2 - Cov3, 0), df = denominator^2 / (MS(error)^2 / df_error).
    Random readers, fixed cases: MS(error) on df_error.
    Fixed readers: Var(error) - Cov1 + (m - 1) max(Cov2 - Cov3, 0); readers within modalities:
    Var(error) - Cov2 + m max(Cov2 - Cov3, 0). With m the multiplier of `MeanSquares`.
    """
    if covariances is None:
        return squares.error.mean_square, squares.error.df
    c, excess = covariances, covariances.cov2 - covariances.cov3
    if fixed:
        if constrain and squares.error.df > 0:  # with one reader a modality there is no Cov2 to compare Cov3 with
            excess = max(excess, 0.0)
        if squares.nested:
            return c.error_variance - c.cov2 + squares.multiplier * excess, None
        return c.error_variance - c.cov1 + (squares.multiplier - 1) * excess, None
    error = squares.error.mean_square
    denominator = error + squares.multiplier * max(excess, 0.0)
    return denominator, squares.error.df * (denominator / error) ** 2 if error > 0 else inf


def mean_variance(
    ms_reader: float, covariances: Covariances | None, n_readers: int, *, fixed: bool
) -> tuple[float, float | None]:
    """Return the variance of the mean over readers in one modality, and its degrees of freedom (None: normal).

    Random readers and cases: MS(R) / r + max(Cov2, 0), df = (r - 1) [variance / (MS(R) / r)]^2. Random readers, fixed
    cases: MS(R) / r on r - 1. Fixed readers: [Var(error) + (r - 1) max(Cov2, 0)] / r.
    """
    if covariances is None:
        return ms_reader / n_readers, n_readers - 1
    cov2 = max(covariances.cov2, 0.0)
    if fixed:
        return (covariances.error_variance + (n_readers - 1) * cov2) / n_readers, None
    variance = ms_reader / n_readers + cov2
    df = (n_readers - 1) * (variance * n_readers / ms_reader) ** 2 if ms_reader > 0 else inf
    return variance, df


def no_test(reason: str) -> EqualityTest:
    """Return the test that cannot be made."""
    return EqualityTest(
        name="F",
        statistic=None,
        df=None,
        df_denominator=None,
        p_value=None,
        ms_modality=None,
        ms_error=None,
        denominator=None,
        reason=reason,
    )


def equality_test(
    *,
    ms_modality: float,
    ms_error: float,
    denominator: float,
    df: int,
    df_denominator: float | None,
    chi_square: bool = False,
) -> EqualityTest:
    """Compare the mean square of modalities with its denominator: by F, or (fixed readers) by df F as chi-square.

    F with infinite degrees of freedom (`df_denominator` None, or so many that rounding made them) is a chi-square over
    its own.
    """
    reason = no_interval_reason(denominator)
    if df_denominator is not None and not df_denominator < MAXIMUM_DF:
        df_denominator = None
    statistic = p_value = None
    if reason is None:
        ratio = ms_modality / denominator
        statistic = df * ratio if chi_square else ratio
        p_value = float(chdtrc(df, df * ratio) if df_denominator is None else fdtrc(df, df_denominator, ratio))
    return EqualityTest(
        name="chi2" if chi_square else "F",
        statistic=statistic,
        df=float(df),
        df_denominator=df_denominator,
        p_value=p_value,
        ms_modality=finite(ms_modality),
        ms_error=finite(ms_error),
        denominator=finite(denominator),
        reason=reason,
    )
