"""What a model says of itself, in words: one name and one way to write each fact, for the report and for its card."""

from ecg_eval.domain.facts.model import Fact, ModelFacts
from ecg_eval.reports import numbers
from ecg_eval.reports.view import View


def facts_in_words(view: View, model: ModelFacts) -> dict[str, str]:
    """Return a model's single facts and settings, by their names for people; what is empty is left out.

    A setting whose name is a library's own keeps it.
    """
    words = view.words
    stated = {**model.card.facts, **model.card.settings}
    named = {words(f"fact.{n}") if words.has(f"fact.{n}") else n.replace("_", " "): x for n, x in stated.items()}
    return {name: text for name, value in named.items() if (text := _in_words(view, value))}


def teaching_in_words(view: View, model: ModelFacts) -> dict[str, str]:
    """Return what teaching a model took, by its name for people, as far as it is known."""
    took = {"n_train": model.n_train, "fit_s": model.fit_s, "fit_cpu_s": model.fit_cpu_s}
    return {view.words(f"models.{name}"): _in_words(view, value) for name, value in took.items() if value is not None}


def _in_words(view: View, value: Fact) -> str:
    if isinstance(value, tuple):
        return ", ".join(_in_words(view, part) for part in value)
    if isinstance(value, bool):
        return view.words("yes" if value else "no")
    if isinstance(value, str):
        return view.words.phrase(value)
    return numbers.count(value, view.words) if isinstance(value, int) else numbers.setting(value, view.words)
