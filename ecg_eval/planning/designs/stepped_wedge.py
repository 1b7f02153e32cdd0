"""Practices that are given help one after the other, in steps, until all have it."""

from ecg_eval.planning.size_design import ALPHA, COUNTED, POWER, SizeDesign, Value, Values, among_drawn
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
    values={
        "unaided": Value("tsai_unaided_accuracy", "share right without help, in (0, 1)"),
        "aided": Value("tsai_aided_accuracy", "share right with help, in (0, 1)"),
        "steps": Value(4, "times at which practices are given help, 2 or more; there is one period more"),
        "readers_per_practice": Value(2, "readers of a practice"),
        "ecgs": Value(20, "ECGs that count, of each reader in each period"),
        "icc": Value(None, "correlation of being right between two readers of a practice in a period, in [0, 1)"),
        "autocorrelation": Value(None, "of a practice with itself in another period, in [0, 1]; 1: it never changes"),
        "reader_icc": Value(0.0, "what the correlation of a reader's own readings exceeds icc by, in [0, 1)"),
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
