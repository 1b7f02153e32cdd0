"""What moved a model's answer on an ECG of the gallery: the tracing marked, the leads, and what the test says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecg_eval.reports import numbers
from ecg_eval.reports.explained import ExplainedAnswer, leads_in_words
from ecg_eval.reports.view import View


@dataclass(frozen=True, kw_only=True)
class MarkedTracing:
    """One model's answer about one finding of one ECG, on the tracing.

    Attributes
    ----------
    model : str
    svg : str
    leads : sequence of tuple of str and float
        (lead, share of what moved it), the largest first; empty where nothing did.
    tested : ExplainedAnswer or None
        What the deletion test says of this model and finding.
    """

    model: str
    svg: str
    leads: Sequence[tuple[str, float]]
    tested: ExplainedAnswer | None


# (record, finding) -> a tracing a model
MarksOf = Mapping[tuple[str, str], Sequence[MarkedTracing]]


def heading(view: View, finding: str, marked: MarkedTracing) -> str:
    """Return what the drawing is of."""
    return view.words("gallery.attribution", model=marked.model, finding=view.words.finding(finding))


def lines(view: View, marked: MarkedTracing) -> list[str]:
    """Return what the colours are, which leads were marked, and how far that may be trusted."""
    words = view.words
    if not marked.leads:
        texts = [words("gallery.attribution.silent", model=marked.model)]
    else:
        leads = [
            words("explanations.lead", lead=lead, share=numbers.per_hundred(share, words))
            for lead, share in leads_in_words(marked.leads)
        ]
        named = words.apart(leads) if leads else words("none")
        texts = [words("gallery.attribution.leads", model=marked.model, leads=named)]
    if marked.tested is not None:
        n = numbers.count(marked.tested.area.n, words)
        texts.append(words(f"gallery.attribution.verdict.{marked.tested.verdict}", n=n))
    return texts


def drawn_of(view: View, finding: str, several: Sequence[MarkedTracing]) -> list[dict[str, object]]:
    """Return marked tracings as the page's template takes them."""
    return [
        {
            "heading": heading(view, finding, marked),
            "svg": marked.svg,
            "alt": view.words("gallery.attribution.alt", model=marked.model),
            "lines": lines(view, marked),
        }
        for marked in several
    ]
