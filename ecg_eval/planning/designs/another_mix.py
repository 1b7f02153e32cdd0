"""GPs without and with help, planned from a pilot whose ECGs showed the finding more or less often.

An AUROC has two errors, of the ECGs with the finding and of those without. A study that enriches a rare finding changes
how many there are of each, so that the pilot's error as a whole (`from_pilot`) no longer holds: its variance is divided
into what comes from readers (R), ECGs without (N) and with the finding (D), and from each of them together.
"""

from ecg_eval.planning.size_design import ALPHA, POWER, SHARE, SizeDesign, Value, Values, at_least
from ecg_eval.stats.sample_size.case_mix import CaseMixComponents, case_mix_required_cases
from ecg_eval.stats.sample_size.plan import Plan

COMPONENTS = ("var_n", "var_d", "var_nd", "var_r", "var_nr", "var_dr", "var_rnd")


def _solve(v: Values) -> Plan:
    components = CaseMixComponents(**{name.removeprefix("var_"): v[name] for name in COMPONENTS})
    return case_mix_required_cases(
        components=components,
        n_readers=v["readers"],
        positive_share=v["finding_share"],
        effect=v["effect"],
        power=v["power"],
        alpha=v["alpha"],
    )


DESIGN = SizeDesign(
    name="another_mix",
    question="How many ECGs do so many readers need, if more or fewer of them show the finding than in a pilot's "
    "(--pilot RUN)?",
    question_fr="Combien d'ECG faut-il à tant de lecteurs, si l'anomalie y est plus ou moins fréquente que dans "
    "un pilote (--pilot RUN) ?",
    values={
        "readers": Value(12, "readers", "lecteurs", at_least(2)),
        "effect": Value(
            0.05, "gain in AUROC that the study should find", "gain d'AUROC que l'étude doit montrer", SHARE
        ),
        "finding_share": Value(
            None, "share of the study's ECGs with the finding", "part des ECG de l'étude avec l'anomalie", SHARE
        ),
        "var_n": Value(
            None,
            "variance from ECGs without the finding (N), of the gain in AUROC in the pilot",
            "variance due aux ECG sans l'anomalie (N), du gain d'AUROC dans le pilote",
        ),
        "var_d": Value(None, "variance from ECGs with the finding (D)", "variance due aux ECG avec l'anomalie (D)"),
        "var_nd": Value(
            None, "variance from both kinds of ECGs together (ND)", "variance due aux deux sortes d'ECG ensemble (ND)"
        ),
        "var_r": Value(None, "variance from readers (R)", "variance due aux lecteurs (R)"),
        "var_nr": Value(
            None,
            "variance from readers with ECGs without the finding (NR)",
            "variance due aux lecteurs avec les ECG sans l'anomalie (NR)",
        ),
        "var_dr": Value(
            None,
            "variance from readers with ECGs with the finding (DR)",
            "variance due aux lecteurs avec les ECG avec l'anomalie (DR)",
        ),
        "var_rnd": Value(None, "variance from all three together (RND)", "variance due aux trois ensemble (RND)"),
        "power": POWER,
        "alpha": ALPHA,
    },
    solve=_solve,
    paragraph={
        "en": "{readers} readers read all ECGs without and with help; a share of {finding_share} of the ECGs shows the "
        "finding. A gain in AUROC of {effect} is to be found. From a pilot with another share come the variances from "
        "ECGs without the finding {var_n}, with it {var_d}, both together {var_nd}, from readers {var_r}, readers with "
        "ECGs without the finding {var_nr}, with it {var_dr}, and all three together {var_rnd}.",
        "fr": "{readers} lecteurs lisent tous les ECG sans puis avec aide, ou l'inverse ; une part de {finding_share} "
        "des ECG présente l'anomalie. On cherche un gain d'AUROC de {effect}. D'un essai pilote où cette part était "
        "autre viennent les variances dues aux ECG sans l'anomalie {var_n}, aux ECG avec {var_d}, aux deux ensemble "
        "{var_nd}, aux lecteurs {var_r}, aux lecteurs avec les ECG sans l'anomalie {var_nr}, avec les ECG qui la "
        "présentent {var_dr}, et aux trois ensemble {var_rnd}.",
    },
    method_fr="composantes de Gallas par type de cas, t d'Obuchowski, Gallas et Hillis 2012, test bilatéral",
    varied="readers",
)
