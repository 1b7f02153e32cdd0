"""One average over readers, or a difference of two, by U-statistics: value, variances, and their intervals."""

from dataclasses import dataclass, field
from math import floor
from typing import Literal

from ecg_eval.errors import ArgumentError
from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.mrmc.intervals import Setting, check_level

Quantile = Literal["t", "t_truncated", "normal"]
NORMAL_FROM_DF = 50  # where iMRMC leaves the t distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class UStatistic:
    """An average over readers, or a difference of two, with its variances and degrees of freedom.

    Attributes
    ----------
    value : float
        NaN where there is no success to average.
    variance, variance_biased : float
        U-statistic (unbiased, may be negative) and V-statistic of the total variance, readers and cases random.
    df, df_biased : float or None
        Degrees of freedom of Obuchowski, Gallas and Hillis (2012) for the two variances; None where the variance is
        negative or the sum they are made of is 0.
    is_difference : bool
        Differences are tested against 0.
    """

    value: float
    variance: float
    variance_biased: float
    df: float | None
    df_biased: float | None
    is_difference: bool
    setting: Setting = field(repr=False)

    def estimate(
        self,
        *,
        biased: bool = False,
        quantile: Quantile = "t",
        level: float = 0.95,
        null: float | None = None,
        clip: bool = True,
    ) -> Estimate:
        """Return the value with an interval and a test.

        Parameters
        ----------
        biased : bool
            Use the V-statistic of the variance.
        quantile : {"t", "t_truncated", "normal"}
            t with `df`; or, as iMRMC prints it, t with the whole part of `df` and the normal distribution from 50 on;
            or the normal distribution.
        level : float
            Coverage of the interval.
        null : float, optional
            Value tested against; a difference is tested against 0 without it, an average is not tested.
        clip : bool
            Cut the interval of an average at 0 and 1 (not for "mean_score"); iMRMC does not.
        """
        check_level("UStatistic.estimate", level)
        df = self.df_biased if biased else self.df
        if quantile == "normal" or (quantile == "t_truncated" and df is not None and df >= NORMAL_FROM_DF):
            df = None
        elif quantile == "t_truncated" and df is not None:
            df = float(floor(df))
        elif quantile not in ("t", "t_truncated"):
            raise ArgumentError("UStatistic.estimate", "quantile", "'t', 't_truncated' or 'normal'", quantile)
        kind = "V-statistic" if biased else "U-statistic"
        bounded = clip and not self.is_difference and self.setting.method != "mean_score"
        setting = Setting(
            method=f"{kind} (Gallas), {'normal' if df is None else 't'} interval, random readers and cases",
            level=level,
            n=self.setting.n,
            n_positive=self.setting.n_positive,
            n_clusters=self.setting.n_clusters,
        )
        return setting.estimate(
            self.value,
            self.variance_biased if biased else self.variance,
            df=df,
            null=0.0 if null is None and self.is_difference else null,
            bounds=(0.0, 1.0) if bounded else None,
        )
