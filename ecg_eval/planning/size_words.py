"""A plan's size in words: the table, and the paragraph of the protocol in English and French."""

from ecg_eval.errors import ArgumentError
from ecg_eval.planning.size import DESIGNS, SizeAnswer
from ecg_eval.stats.sample_size.plan import Plan

_METRICS_FR = {"sensitivity": "sensibilité", "specificity": "spécificité", "auroc": "AUROC"}
_WORDS = {
    "en": {
        "total": "This needs {n} ECGs",
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
    },
    "fr": {
        "total": "Il faut {n} ECG",
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
    },
}


def size_table(answer: SizeAnswer) -> list[dict[str, float | int | str | None]]:
    """Return the table of the plan and its neighbours, one row each: the curve in numbers."""
    return [
        {
            "plan": label,
            "readers": plan.n_readers,
            "ecgs": plan.n_total,
            "with_finding": plan.n_positive,
            "without_finding": plan.n_negative,
            "power": plan.power,
            "reason": plan.reason,
        }
        for label, plan in (("as asked", answer.plan), *answer.curve)
    ]


def protocol_paragraph(answer: SizeAnswer, language: str = "en") -> str:
    """Return one paragraph for the protocol.

    Parameters
    ----------
    answer : SizeAnswer
    language : {"en", "fr"}
    """
    if language not in _WORDS:
        raise ArgumentError("protocol_paragraph", "language", "en or fr", language)
    words = _WORDS[language]
    said = {name: _written(value, language) for name, value in answer.values.items()}
    if language == "fr" and "metric" in said:
        said["metric"] = _METRICS_FR[str(answer.values["metric"])]
    begin = DESIGNS[answer.design].paragraph[language].format(**said)
    begin = begin[0].upper() + begin[1:]
    plan = answer.plan
    if plan.reason is not None:
        if answer.nearest is None:
            return f"{begin} {words['never']}"
        name, near = answer.nearest
        name = name.replace("readers", "lecteurs").replace("power", "puissance") if language == "fr" else name
        return f"{begin} {words['none'].format(nearest=f'{name}, {near.n_total} ECG' + 's' * (language == 'en'))}"
    return begin + " " + _size(plan, answer, language)


def _size(plan: Plan, answer: SizeAnswer, language: str) -> str:
    words = _WORDS[language]
    text = words["total"].format(n=plan.n_total)
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


def _written(value: float | int | str, language: str) -> str:
    text = value if isinstance(value, str) else f"{value:g}"
    return text.replace(".", ",") if language == "fr" and not isinstance(value, str) else text
