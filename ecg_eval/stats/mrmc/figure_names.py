"""The names of the figures of merit, and how a user's own statistic takes its place among them."""

from ecg_eval.errors import ArgumentError, UnknownNameError, suggestion
from ecg_eval.stats.mrmc.curve_figures import PartialArea
from ecg_eval.stats.mrmc.figures_of_merit import (
    ACCURACY,
    NEGATIVE_PREDICTIVE_VALUE,
    POSITIVE_PREDICTIVE_VALUE,
    SENSITIVITY,
    SPECIFICITY,
    AreaUnderCurve,
    FigureOfMerit,
    Statistic,
    UserStatistic,
)


def figure_by_name(who: str, figure_of_merit: str | FigureOfMerit | Statistic) -> FigureOfMerit:
    """Return the figure of merit that was named, or wrap a statistic of (truth, score).

    Raises
    ------
    UnknownNameError
        The name is not known.
    ArgumentError
        It is neither a name, nor a figure of merit, nor callable.
    """
    by_name: dict[str, FigureOfMerit] = {
        "auc": AreaUnderCurve(),
        "partial_auc": PartialArea(),
        "sensitivity": SENSITIVITY,
        "specificity": SPECIFICITY,
        "accuracy": ACCURACY,
        "positive_predictive_value": POSITIVE_PREDICTIVE_VALUE,
        "negative_predictive_value": NEGATIVE_PREDICTIVE_VALUE,
    }
    if isinstance(figure_of_merit, FigureOfMerit):
        return figure_of_merit
    if isinstance(figure_of_merit, str):
        if figure_of_merit not in by_name:
            remedy = suggestion(figure_of_merit, by_name)
            raise UnknownNameError(who, "figure_of_merit", "a known name", figure_of_merit, remedy)
        return by_name[figure_of_merit]
    if callable(figure_of_merit):
        return UserStatistic(figure_of_merit)
    raise ArgumentError(who, "figure_of_merit", "a name, a FigureOfMerit or a function", figure_of_merit)
