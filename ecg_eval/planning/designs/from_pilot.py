"""GPs without and with help on the same ECGs, planned from what a pilot showed of readers and ECGs.

The pilot's variance components (Obuchowski-Rockette) say how much readers differ in what help does to them, which more
ECGs do not mend, and how much of the error comes from the ECGs, which more ECGs make smaller.
"""

from ecg_eval.planning.size_design import ALPHA, POWER, SizeDesign, Value, Values, among_drawn
from ecg_eval.stats.sample_size.mrmc import mrmc_required_cases
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign
from ecg_eval.stats.sample_size.plan import Plan

COMPONENTS = ("test_reader", "cov1", "cov2", "cov3", "error", "pilot_ecgs")


def _solve(v: Values) -> Plan:
    components = MrmcComponents(
        test_reader=v["test_reader"],
        cov1=v["cov1"],
        cov2=v["cov2"],
        cov3=v["cov3"],
        error=v["error"],
        n_cases=int(v["pilot_ecgs"]),
    )
    design = MrmcDesign(effect=v["effect"], alpha=v["alpha"])
    plan = mrmc_required_cases(components=components, n_readers=v["readers"], design=design, power=v["power"])
    return plan if v["metric"] == "auroc" else among_drawn(plan, v["counted_share"])  # an AUROC counts all ECGs


DESIGN = SizeDesign(
    name="from_pilot",
    question="How many ECGs do so many readers need, if readers and ECGs are like those of a pilot (--pilot RUN)?",
    values={
        "readers": Value(12, "readers, 2 or more"),
        "metric": Value("sensitivity", "sensitivity, specificity or auroc"),
        "effect": Value("tsai_aid_effect", "gain that the study should find, in (0, 1)"),
        "counted_share": Value(0.5, "share of its ECGs that the metric counts (for sensitivity, with the finding)"),
        "test_reader": Value(None, "Var(TR) of the pilot: how much readers differ in what help does to them"),
        "cov1": Value(None, "Cov1 of the pilot: errors of one reader in the two arms"),
        "cov2": Value(None, "Cov2 of the pilot: errors of two readers in one arm"),
        "cov3": Value(None, "Cov3 of the pilot: errors of two readers in different arms"),
        "error": Value(None, "Var(error) of the pilot"),
        "pilot_ecgs": Value(None, "ECGs of the pilot that the metric counts"),
        "power": POWER,
        "alpha": ALPHA,
    },
    solve=_solve,
    paragraph={
        "en": "{readers} readers read all ECGs without and with help. A gain in {metric} of {effect} is to be found. "
        "From a pilot of {pilot_ecgs} ECGs that count come the variance components Var(TR) {test_reader}, Cov1 {cov1}, "
        "Cov2 {cov2}, Cov3 {cov3} and Var(error) {error}.",
        "fr": "{readers} lecteurs lisent tous les ECG sans puis avec aide, ou l'inverse. On cherche un gain de "
        "{metric} de {effect}. D'un essai pilote de {pilot_ecgs} ECG qui comptent viennent les composantes de variance "
        "Var(TR) {test_reader}, Cov1 {cov1}, Cov2 {cov2}, Cov3 {cov3} et Var(erreur) {error}.",
    },
    method_fr="Hillis, Obuchowski et Berbaum 2011, plan croisé, lecteurs et cas aléatoires, test bilatéral",
    varied="readers",
)
