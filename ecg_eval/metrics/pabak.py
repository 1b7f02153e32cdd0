"""PABAK: agreement of two readers, as kappa would be if the finding were in half of the ECGs."""

from ecg_eval.metrics.bases.agreement import Agreement


class Pabak(Agreement):
    """PABAK: agreement of two readers, as kappa would be if the finding were in half of the ECGs."""

    question = "How often do two readers agree, on a scale where guessing gives 0?"
    source = "Byrt, Bishop and Carlin, J Clin Epidemiol 1993;46:423"
    caveat = "High for rare findings, since leaving alone what is not there counts as agreement."
    coefficient = "pabak"
    method = "PABAK, Agresti-Coull interval"
    clustered = "effective sample size from clusters"
