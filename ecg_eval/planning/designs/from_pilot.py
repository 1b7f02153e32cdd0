"""GPs without and with help on the same ECGs, planned from what a pilot showed of readers and ECGs.

The pilot's variance components (Obuchowski-Rockette) say how much readers differ in what help does to them, which more
ECGs do not mend, and how much of the error comes from the ECGs, which more ECGs make smaller.
"""

from ecg_eval.planning.size_design import (
    ALPHA,
    POSITIVE,
    POWER,
    SHARE,
    SHARE_OR_ALL,
    SizeDesign,
    Value,
    Values,
    among_drawn,
    at_least,
)
from ecg_eval.stats.sample_size.mrmc import mrmc_required_cases
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign
from ecg_eval.stats.sample_size.plan import Plan

COMPONENTS = ("test_reader", "cov1", "cov2", "cov3", "error", "pilot_ecgs")


def plan_of(v: Values, design: MrmcDesign, *, n_readers: int, reader: float | None = None) -> Plan:
    """Return the plan of a design whose readers and ECGs are like the pilot's.

    Parameters
    ----------
    v : mapping of str to value
    design : MrmcDesign
    n_readers : int
        As the design counts them.
    reader : float, optional
        Var(R), where the arms have readers of their own.
    """
    components = MrmcComponents(
        test_reader=v["test_reader"],
        cov1=v["cov1"],
        cov2=v["cov2"],
        cov3=v["cov3"],
        error=v["error"],
        n_cases=int(v["pilot_ecgs"]),
        reader=reader,
    )
    plan = mrmc_required_cases(components=components, n_readers=n_readers, design=design, power=v["power"])
    return plan if v["metric"] == "auroc" else among_drawn(plan, v["counted_share"])  # an AUROC counts all ECGs


def _solve(v: Values) -> Plan:
    return plan_of(v, MrmcDesign(effect=v["effect"], alpha=v["alpha"]), n_readers=v["readers"])


DESIGN = SizeDesign(
    name="from_pilot",
    question="How many ECGs do so many readers need, if readers and ECGs are like those of a pilot (--pilot RUN)?",
    question_fr="Combien d'ECG faut-il à tant de lecteurs, si lecteurs et ECG ressemblent à ceux d'un pilote "
    "(--pilot RUN) ?",
    values={
        "readers": Value(12, "readers", "lecteurs", at_least(2)),
        "metric": Value(
            "sensitivity",
            "sensitivity, specificity or auroc",
            "sensitivity (sensibilité), specificity (spécificité) ou auroc",
        ),
        "effect": Value("tsai_aid_effect", "gain that the study should find", "gain que l'étude doit montrer", SHARE),
        "counted_share": Value(
            0.5,
            "share of its ECGs that the metric counts (for sensitivity, with the finding)",
            "part de ses ECG que la mesure compte (pour la sensibilité, avec l'anomalie)",
            SHARE_OR_ALL,
        ),
        "test_reader": Value(
            None,
            "Var(TR) of the pilot: how much readers differ in what help does to them",
            "Var(TR) du pilote : à quel point l'effet de l'aide diffère entre lecteurs",
        ),
        "cov1": Value(
            None,
            "Cov1 of the pilot: errors of one reader in the two arms",
            "Cov1 du pilote : erreurs d'un lecteur dans les deux bras",
        ),
        "cov2": Value(
            None,
            "Cov2 of the pilot: errors of two readers in one arm",
            "Cov2 du pilote : erreurs de deux lecteurs dans un bras",
        ),
        "cov3": Value(
            None,
            "Cov3 of the pilot: errors of two readers in different arms",
            "Cov3 du pilote : erreurs de deux lecteurs dans des bras différents",
        ),
        "error": Value(None, "Var(error) of the pilot", "Var(error) du pilote", POSITIVE),
        "pilot_ecgs": Value(
            None, "ECGs of the pilot that the metric counts", "ECG du pilote que la mesure compte", at_least(2)
        ),
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
