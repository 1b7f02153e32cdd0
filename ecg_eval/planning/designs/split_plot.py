"""Blocks of GPs, each with ECGs of its own, read without and with help: many ECGs, of which each GP reads few."""

from dataclasses import replace
from math import ceil

from ecg_eval.planning.designs import crossover
from ecg_eval.planning.size_design import SizeDesign, Value, Values, at_least
from ecg_eval.stats.sample_size.mrmc import mrmc_required_cases
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign
from ecg_eval.stats.sample_size.plan import Plan
from ecg_eval.stats.sample_size.planning_components import case_variance, components_given_case_part

_CASES = 100  # that the components are stated for; any number gives the same plan


def _solve(v: Values) -> Plan:
    """Return the plan: as a crossover's, readers' ECGs apart by block, and one degree of freedom less a block."""
    values, n_readers = crossover.planning_values(v), v["blocks"] * v["readers_per_block"]
    case = case_variance(values) / _CASES
    of_readers = components_given_case_part(values, max(n_readers, 2), 0.0)
    components = MrmcComponents(
        test_reader=of_readers.test_reader + of_readers.within_reader,  # what no number of ECGs mends
        cov1=values.r1 * case,
        cov2=values.r2 * case,
        cov3=values.r3 * case,
        error=case,
        n_cases=_CASES,
    )
    design = MrmcDesign(effect=v["effect"], alpha=v["alpha"], design="split_plot", n_blocks=v["blocks"])
    plan = mrmc_required_cases(components=components, n_readers=n_readers, design=design, power=v["power"])
    if plan.n_total is None:
        return plan
    negative = ceil(plan.n_total * v["controls_per_case"])
    return replace(plan, n_positive=plan.n_total, n_negative=negative, n_total=plan.n_total + negative)


DESIGN = SizeDesign(
    name="split_plot",
    question="How many ECGs do blocks of readers need, each block reading its own ECGs without and with help?",
    question_fr="Combien d'ECG faut-il à des blocs de lecteurs, chaque bloc lisant les siens sans et avec aide ?",
    values={
        "blocks": Value(4, "blocks", "blocs", at_least(2)),
        "readers_per_block": Value(5, "readers of a block", "lecteurs d'un bloc", at_least(2)),
        **{name: value for name, value in crossover.DESIGN.values.items() if name != "readers"},
    },
    solve=_solve,
    paragraph={
        "en": "Readers work in {blocks} blocks of {readers_per_block}; each block reads ECGs of its own without and "
        "with help. Assumed are a {metric} of {expected} without help, a gain of {effect}, a range of {reader_range} "
        "between the best and the worst of {range_readers} readers and of {rereading_range} between two readings by "
        "one reader.",
        "fr": "Les lecteurs forment {blocks} blocs de {readers_per_block} ; chaque bloc lit ses propres ECG sans puis "
        "avec aide, ou l'inverse. Hypothèses : {metric} de {expected} sans aide, gain de {effect}, écart de "
        "{reader_range} entre le meilleur et le moins bon de {range_readers} lecteurs, et de {rereading_range} entre "
        "deux lectures d'un même lecteur.",
    },
    method_fr="Hillis, Obuchowski et Berbaum 2011, plan split-plot, lecteurs et cas aléatoires, test bilatéral",
    varied="blocks",
)
