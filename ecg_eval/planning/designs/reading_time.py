"""The same readers with and without help: how many show that help changes the reading time."""

from dataclasses import replace
from math import log, sqrt

from ecg_eval.errors import ArgumentError
from ecg_eval.planning.size_design import ALPHA, NOT_NEGATIVE, POSITIVE, POWER, SizeDesign, Value, Values, at_least
from ecg_eval.stats.sample_size.means import paired_means_cases
from ecg_eval.stats.sample_size.plan import Plan

_WHO = "plan size reading_time"


def _solve(v: Values) -> Plan:
    """Return the readers: their own effects vary, and each is known from so many ECGs read both ways."""
    if v["ratio"] == 1:
        raise ArgumentError(_WHO, "ratio", "other than 1", v["ratio"], "No size shows a difference of 0.")
    spread = sqrt(v["sd_readers"] ** 2 + 2 * v["sd_reading"] ** 2 / v["ecgs"])
    if spread == 0:
        raise ArgumentError(_WHO, "sd_readers and sd_reading", "not both 0", 0)
    plan = paired_means_cases(effect=log(v["ratio"]) / spread, power=v["power"], alpha=v["alpha"])
    if plan.n_total is None:
        return plan
    return replace(plan, n_readers=plan.n_total, n_total=v["ecgs"], n_total_exact=None)


DESIGN = SizeDesign(
    name="reading_time",
    question="How many readers show that help changes how long an ECG takes to read?",
    question_fr="Combien de lecteurs montrent que l'aide change le temps de lecture d'un ECG ?",
    values={
        "ratio": Value(
            None,
            "seconds with help over seconds without: 0.8 is a fifth less",
            "secondes avec aide sur secondes sans aide : 0,8 est un cinquième de moins",
            POSITIVE,
        ),
        "sd_readers": Value(
            None,
            "standard deviation, between readers, of the logarithm of that ratio",
            "écart type, entre lecteurs, du logarithme de ce rapport",
            NOT_NEGATIVE,
        ),
        "sd_reading": Value(
            None,
            "standard deviation of the logarithm of the seconds of one reader on like ECGs",
            "écart type du logarithme des secondes d'un lecteur sur des ECG semblables",
            NOT_NEGATIVE,
        ),
        "ecgs": Value(
            40, "ECGs that each reader reads both ways", "ECG que chaque lecteur lit des deux façons", at_least(1)
        ),
        "power": POWER,
        "alpha": ALPHA,
    },
    solve=_solve,
    paragraph={
        "en": "The same readers read the same {ecgs} ECGs without and with help; time is compared on its logarithm. "
        "Assumed are a ratio of {ratio}, a standard deviation of its logarithm between readers of {sd_readers}, and "
        "one of the logarithm of a single time of {sd_reading}.",
        "fr": "Les mêmes lecteurs lisent les mêmes {ecgs} ECG sans et avec aide, et le temps est comparé par son "
        "logarithme. "
        "Hypothèses : un rapport de {ratio}, un écart type de son logarithme entre lecteurs de {sd_readers}, et un "
        "écart type du logarithme d'un temps de lecture de {sd_reading}.",
    },
    method_fr="test t apparié, t non centré, bilatéral",
    varied="ecgs",
    answer="readers",
)
