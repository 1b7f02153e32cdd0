"""Practices that are given help one after the other, in steps, until all have it."""

from ecg_eval.planning.size_design import (
    ALPHA,
    CORRELATION,
    COUNTED,
    POWER,
    SHARE,
    SHARE_OR_NONE,
    SizeDesign,
    Value,
    Values,
    among_drawn,
    at_least,
)
from ecg_eval.stats.sample_size.plan import Plan
from ecg_eval.stats.sample_size.stepped_wedge import WedgeValues, stepped_wedge_clusters


def _solve(v: Values) -> Plan:
    values = WedgeValues(
        unaided=v["unaided"],
        aided=v["aided"],
        steps=v["steps"],
        readers=v["readers_per_practice"],
        cases=v["ecgs"],
        icc=v["icc"],
        autocorrelation=v["autocorrelation"],
        reader_icc=v["reader_icc"],
    )
    plan = stepped_wedge_clusters(values=values, power=v["power"], alpha=v["alpha"])
    return among_drawn(plan, v["counted_share"])


DESIGN = SizeDesign(
    name="stepped_wedge",
    question="How many practices are needed, each given help at its step and all in the end?",
    question_fr="Combien faut-il de cabinets, chacun recevant l'aide à son étape et tous à la fin ?",
    values={
        "unaided": Value(
            "tsai_unaided_accuracy", "share right without help", "part de réponses justes sans aide", SHARE
        ),
        "aided": Value("tsai_aided_accuracy", "share right with help", "part de réponses justes avec aide", SHARE),
        "steps": Value(
            4,
            "times at which practices are given help; there is one period more",
            "moments où des cabinets reçoivent l'aide ; il y a une période de plus",
            at_least(2),
        ),
        "readers_per_practice": Value(2, "readers of a practice", "lecteurs d'un cabinet", at_least(1)),
        "ecgs": Value(
            20,
            "ECGs that count, of each reader in each period",
            "ECG qui comptent, de chaque lecteur à chaque période",
            at_least(1),
        ),
        "icc": Value(
            None,
            "correlation of being right between two readers of a practice in a period",
            "corrélation entre réponses justes de deux lecteurs d'un cabinet à une période",
            SHARE_OR_NONE,
        ),
        "autocorrelation": Value(
            None,
            "correlation of a practice with itself in another period; 1: it never changes",
            "corrélation d'un cabinet avec lui-même à une autre période ; 1 : il ne change jamais",
            CORRELATION,
        ),
        "reader_icc": Value(
            0.0,
            "what the correlation of a reader's own readings exceeds icc by",
            "ce dont la corrélation des lectures d'un même lecteur dépasse icc",
            SHARE_OR_NONE,
        ),
        "counted_share": COUNTED,
        "power": POWER,
        "alpha": ALPHA,
    },
    solve=_solve,
    paragraph={
        "en": "Practices are given help in {steps} steps, and each of their {readers_per_practice} readers reads "
        "{ecgs} ECGs that count in each period. Assumed are shares right of {unaided} without and {aided} with "
        "help, an intraclass correlation of {icc} within practices with an autocorrelation of {autocorrelation} "
        "between periods, and {reader_icc} more for the readings of one reader. The ECGs are those of one "
        "reader over all periods.",
        "fr": "Les cabinets reçoivent l'aide en {steps} étapes, et chacun de leurs {readers_per_practice} lecteurs lit "
        "{ecgs} ECG qui comptent à chaque période. Hypothèses : part de lectures justes de {unaided} sans et de "
        "{aided} avec aide, corrélation intraclasse de {icc} au sein des cabinets avec une autocorrélation de "
        "{autocorrelation} entre périodes, et de {reader_icc} de plus pour les lectures d'un même lecteur. Les ECG "
        "sont ceux d'un lecteur sur toutes les périodes.",
    },
    method_fr="plan en escalier, Hussey et Hughes 2007, Hooper et al. 2016, test bilatéral",
    varied="ecgs",
    answer="practices",
)
