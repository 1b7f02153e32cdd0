"""Cohen's kappa: agreement of two readers beyond what their habits would give by chance."""

from ecg_eval.metrics.bases.agreement import Agreement


class CohenKappa(Agreement):
    """Cohen's kappa: agreement of two readers beyond what their habits would give by chance."""

    question = "How much more do two readers agree than two who call as often, but at random?"
    source = "Cohen, Educ Psychol Meas 1960;20:37; standard error: Fleiss, Cohen and Everitt, Psychol Bull 1969;72:323"
    caveat = (
        "Low for rare findings even when readers nearly always agree: read it beside PABAK, AC1 and specific agreement."
    )
    short_name = "kappa"
    coefficient = "kappa"
    method = "Cohen kappa, unweighted, adjusted interval"
