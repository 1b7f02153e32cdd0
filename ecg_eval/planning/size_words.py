"""A plan's size in words: the table, and the paragraph of the protocol in English and French."""

import re
from collections.abc import Callable, Mapping

from ecg_eval.errors import ArgumentError
from ecg_eval.planning.size import DESIGNS, SizeAnswer
from ecg_eval.planning.text_table import aligned
from ecg_eval.stats.sample_size.plan import Plan

_METRICS_FR = {"sensitivity": "sensibilité", "specificity": "spécificité", "auroc": "AUROC"}
_WORDS = {
    "en": {
        "total": "This needs {size}",
        "by": " and {n} readers",
        "in": " in {n} practices",
        "split": " ({positive} that count and {negative} of the other kind)",
        "power": ", with a power of {power} at an alpha of {alpha}",
        "start": " To allow for losses, the study starts with {starts}.",
        "ecgs": "{n} ECGs",
        "readers": "{n} readers",
        "and": " and ",
        "method": " Method: {method}.",
        "source": " Published values: {sources}.",
        "none": "No number of ECGs is enough with these values. The nearest plan that works: {nearest}.",
        "never": "No number of ECGs is enough with these values, and no other number of readers or power mends that.",
        "asked": "as asked",
        "name.readers": "{value} readers",
        "name.blocks": "{value} blocks",
        "name.ecgs": "{value} ECGs each",
        "name.power": "power {value}",
        "name.half_width": "plus or minus {value}",
        "head.plan": "plan",
        "head.readers": "readers",
        "head.practices": "practices",
        "head.ecgs": "ECGs",
        "head.power": "power",
        "axis.power": "power",
        "axis.half_width": "half the width of the interval",
        "axis.ecgs": "ECGs needed",
        "axis.readers": "readers needed",
        "axis.practices": "practices needed",
    },
    "fr": {
        "total": "Il faut {size}",
        "by": " et {n} lecteurs",
        "in": " dans {n} cabinets",
        "split": " ({positive} qui comptent et {negative} de l'autre sorte)",
        "power": ", pour une puissance de {power} au risque alpha de {alpha}",
        "start": " Pour tenir compte des pertes, l'étude commence avec {starts}.",
        "ecgs": "{n} ECG",
        "readers": "{n} lecteurs",
        "and": " et ",
        "method": " Méthode : {method}.",
        "source": " Valeurs publiées : {sources}.",
        "none": "Aucun nombre d'ECG ne suffit avec ces valeurs. Le plan le plus proche qui convient : {nearest}.",
        "never": "Aucun nombre d'ECG ne suffit avec ces valeurs, et ni d'autres lecteurs ni une autre puissance "
        "n'y changent "
        "rien.",
        "asked": "comme demandé",
        "name.readers": "{value} lecteurs",
        "name.blocks": "{value} blocs",
        "name.ecgs": "{value} ECG chacun",
        "name.power": "puissance {value}",
        "name.half_width": "plus ou moins {value}",
        "head.plan": "plan",
        "head.readers": "lecteurs",
        "head.practices": "cabinets",
        "head.ecgs": "ECG",
        "head.power": "puissance",
        "axis.power": "puissance",
        "axis.half_width": "demi-largeur de l'intervalle",
        "axis.ecgs": "ECG nécessaires",
        "axis.readers": "lecteurs nécessaires",
        "axis.practices": "cabinets nécessaires",
    },
}


def size_table(
    answer: SizeAnswer, language: str = "en", phrase: Callable[[str], str] = str
) -> list[dict[str, float | int | str | None]]:
    """Return the table of the plan and its neighbours, one row each: the curve in numbers.

    Parameters
    ----------
    answer : SizeAnswer
    language : {"en", "fr"}
        Of what each plan is called.
    phrase : callable
        Takes why there is no size, in English, and returns it in that language.
    """
    words = _words(language)
    named = [(neighbour_name(n.name, n.value, language), n.plan) for n in answer.curve]
    return [
        {
            "plan": label,
            "readers": plan.n_readers,
            "practices": _practices(plan),
            "ecgs": plan.n_total,
            "with_finding": plan.n_positive,
            "without_finding": plan.n_negative,
            "power": plan.power,
            "reason": None if plan.reason is None else _with_commas(phrase(plan.reason), language),
        }
        for label, plan in ((words["asked"], answer.plan), *named)
    ]


def table_text(answer: SizeAnswer, language: str = "en", phrase: Callable[[str], str] = str) -> str:
    """Return the table in aligned columns, without those that say nothing; where there is no size, a dash and why.

    Parameters
    ----------
    answer : SizeAnswer
    language : {"en", "fr"}
    phrase : callable
        As ``size_table`` takes it.
    """
    words, rows = _words(language), size_table(answer, language, phrase)
    names = ["plan", *(n for n in ("readers", "practices", "ecgs", "power") if any(row[n] is not None for row in rows))]
    lines = [[words[f"head.{name}"] for name in names]]
    lines += [[_cell(row, name, language) for name in names] for row in rows]
    reason = str(rows[0]["reason"] or "")
    why = [f"\n{reason[:1].upper()}{reason[1:]}."] if reason else []
    return "\n".join([aligned(lines), *why])


def _with_commas(text: str, language: str) -> str:
    """Return a sentence with its numbers as people write them: 0,05 in French."""
    return re.sub(r"(?<=\d)\.(?=\d)", ",", text) if language == "fr" else text


def _cell(row: Mapping[str, float | int | str | None], name: str, language: str) -> str:
    value = row[name]
    if value is None:
        return "-" if name in {"ecgs", "power"} and row["reason"] else ""
    return _written(f"{value:.3f}" if name == "power" else value, language, number=name == "power")


def neighbour_name(name: str, value: float, language: str) -> str:
    """Return what a plan with one value changed is called, such as "16 readers".

    Parameters
    ----------
    name : str
        The value's name.
    value : float
    language : {"en", "fr"}
    """
    return _words(language)[f"name.{name}"].format(value=_written(round(value, 6), language))


def axis_name(name: str, language: str) -> str:
    """Return what an axis of the curve is called.

    Parameters
    ----------
    name : {"power", "half_width", "ecgs", "readers", "practices"}
    language : {"en", "fr"}
    """
    return _words(language)[f"axis.{name}"]


def _words(language: str) -> dict[str, str]:
    if language not in _WORDS:
        raise ArgumentError("plan size", "language", "en or fr", language)
    return _WORDS[language]


def _practices(plan: Plan) -> int | None:
    """Return the practices of a plan; none where every ECG counts as a practice of its own."""
    return None if plan.n_clusters == plan.n_total else plan.n_clusters


def protocol_paragraph(answer: SizeAnswer, language: str = "en") -> str:
    """Return one paragraph for the protocol.

    Parameters
    ----------
    answer : SizeAnswer
    language : {"en", "fr"}
    """
    words = _words(language)
    written = {name: _written(value, language) for name, value in answer.values.items()}
    if language == "fr" and "metric" in written:
        written["metric"] = _METRICS_FR[str(answer.values["metric"])]
    begin = DESIGNS[answer.design].paragraph[language].format(**written)
    begin = begin[0].upper() + begin[1:]
    plan = answer.plan
    if plan.reason is not None:
        if answer.nearest is None:
            return f"{begin} {words['never']}"
        name, value, near = answer.nearest
        nearest = f"{neighbour_name(name, value, language)}, {_size_alone(near, answer, language)}"
        return f"{begin} {words['none'].format(nearest=nearest)}"
    return begin + " " + _size(plan, answer, language)


def _size_alone(plan: Plan, answer: SizeAnswer, language: str) -> str:
    words = _words(language)
    text = words["ecgs"].format(n=plan.n_total)
    if plan.n_readers is not None and "readers" not in answer.values:  # they are the answer, not an assumption
        text += words["by"].format(n=plan.n_readers)
    if (practices := _practices(plan)) is not None:
        text += words["in"].format(n=practices)
    return text


def _size(plan: Plan, answer: SizeAnswer, language: str) -> str:
    words = _words(language)
    text = words["total"].format(size=_size_alone(plan, answer, language))
    if plan.n_positive is not None and plan.n_negative is not None:
        text += words["split"].format(positive=plan.n_positive, negative=plan.n_negative)
    if "power" in answer.values:
        power = _written(round(float(answer.values["power"]), 3), language)
        text += words["power"].format(power=power, alpha=_written(answer.values["alpha"], language))
    text += "."
    starts = [
        words[key].format(n=n) for key, n in (("ecgs", plan.n_recruited), ("readers", plan.n_readers_recruited)) if n
    ]
    if starts:
        text += words["start"].format(starts=words["and"].join(starts))
    text += words["method"].format(method=plan.method if language == "en" else DESIGNS[answer.design].method_fr)
    if answer.cited:
        sources = "; ".join(dict.fromkeys(prior.cited(language) for prior in answer.cited.values()))
        text += words["source"].format(sources=sources)
    return text


def _written(value: float | int | str, language: str, *, number: bool = False) -> str:
    text = value if isinstance(value, str) else f"{value:g}"
    return text.replace(".", ",") if language == "fr" and (number or not isinstance(value, str)) else text
