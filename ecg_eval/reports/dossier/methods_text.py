"""A paragraph of methods that fits the run, and the sources that it cites as BibTeX.

Sources of metrics and datasets are kept as one line ("Wilson, J Am Stat Assoc 1927;22:209"). What such a line says
becomes fields of an entry; what it does not say (titles, first names) is left to the authors, and the file says so.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from ecg_eval.reports import numbers
from ecg_eval.reports.view import View

_ARTICLE = re.compile(
    r"(?P<authors>[^,]+(?:, [^,]+)*?(?: and [^,]+)?), (?P<journal>[^,;\d]+?) "
    r"(?P<year>(?:19|20)\d\d)(?:;(?P<volume>[^:;]+):(?P<pages>\S+))?"
)
_PREFIX = re.compile(r"^[^:]*: ")  # "clusters: Obuchowski, ...": what the source is for
_REMARK = re.compile(r" \([^()]*\)$")
_YEAR = re.compile(r"(?<!arXiv:)\b(?:19|20)\d\d\b")  # arXiv:1911.03347 is of November 2019
_SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", **{c: f"\\{c}" for c in "&%$#_"}, "~": r"\~{}"}


@dataclass(frozen=True, kw_only=True)
class Source:
    """One source that the methods cite.

    Attributes
    ----------
    key : str
        By which it is cited.
    text : str
        As it is stated.
    cites : tuple of str
        Metrics for which it is cited; empty for the data and for this program.
    """

    key: str
    text: str
    cites: tuple[str, ...] = ()


def sources_of(view: View) -> list[Source]:
    """Return what the run's data, its program and its metrics state as their sources, each once."""
    dataset, version = view.result.provenance.dataset, view.result.provenance.ecg_eval
    texts: dict[str, list[str]] = {}
    for metric, facts in view.metric_facts.items():
        for part in _parts(facts.source):
            texts.setdefault(part, []).append(metric)
    stated = [*_parts(dataset.citation), f"ecg_eval developers. ecg_eval {version}. Software"]
    cited = [*((text, ()) for text in stated if text not in texts), *((text, tuple(m)) for text, m in texts.items())]
    keys: set[str] = set()
    made = []
    for text, metrics in cited:
        key = stem = _key(text)
        for number in range(2, len(cited) + 2):
            if key not in keys:
                break
            key = f"{stem}-{number}"
        keys.add(key)
        made.append(Source(key=key, text=text, cites=metrics))
    return made


def _parts(source: str) -> Iterator[str]:
    """Yield the single sources that a line states, without what they are cited for."""
    for part in re.split(r"; (?=\D)", source):
        text = _REMARK.sub("", _PREFIX.sub("", part)).strip()
        if _YEAR.search(text):
            yield text


def _key(text: str) -> str:
    """Return first author and year in plain letters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    first = re.sub(r"[^A-Za-z]", "", re.split(r"[ ,.]", plain.removeprefix("The "), maxsplit=1)[0]) or "source"
    year = _YEAR.search(plain)
    return f"{first.lower()}{year[0] if year else ''}"


def bibtex(view: View) -> str:
    """Return the sources as BibTeX."""
    head = (
        "% Made by ecg_eval from what metrics and data state as their sources. Titles, first names and DOIs are not\n"
        "% known to it: complete them before you submit.\n"
    )
    return head + "\n".join(map(_entry, sources_of(view)))


def _entry(source: Source) -> str:
    article = _ARTICLE.fullmatch(source.text)
    if article is None:
        year = _YEAR.search(source.text)
        fields = {"note": source.text, "year": year[0] if year else ""}
        kind = "misc"
    else:
        authors = article["authors"].removesuffix(" et al.")
        named = re.split(r", | and ", authors) + (["others"] if authors != article["authors"] else [])
        fields = {
            "author": " and ".join(named),
            "journal": article["journal"],
            "year": article["year"],
            "volume": article["volume"] or "",
            "pages": article["pages"] or "",
        }
        kind = "article"
    lines = [f"  {name} = {{{_escaped(text)}}}," for name, text in fields.items() if text]
    return f"@{kind}{{{source.key},\n" + "\n".join(lines) + "\n}\n"


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in text if letter.isprintable())


def methods_paragraphs(view: View) -> list[str]:
    """Return the methods of the run in words, with keys of its sources in brackets: study, readers, truth, numbers."""
    words, facts = view.words, view.result.provenance
    study = view.result.study
    keys = {source.text: source.key for source in sources_of(view)}
    dataset = words.phrase(facts.dataset.title) or words("dossier.data_unnamed")
    cited = ", ".join(keys[part] for part in _parts(facts.dataset.citation))
    first = words(
        "dossier.methods.study",
        records=view.counted("record", int(study.readings["record_id"].nunique())),
        dataset=f"{dataset} [{cited}]" if cited else dataset,
        findings=words.listed([words.finding(f) for f in view.findings]),
        readers=words.listed(_readers(view)),
    )
    arms = [numbers.sentence(words("dossier.methods.aided", help=view.help))] if view.has_aided else []
    reference = facts.reference.meaning or study.reference.method
    truth = [words("dossier.methods.reference", text=words.phrase(reference).rstrip("."))] if reference else []
    counts = {a: words(f"counts_as.{getattr(study.answers, a)}") for a in ("uncertain", "refer")}
    return [
        " ".join([first, *arms]),
        " ".join([*truth, words("gallery.policy", **counts), *_thresholds(view)]),
        " ".join([*_measures(view, keys), *_intervals(view)]),
        words("dossier.methods.program", version=facts.ecg_eval, python=facts.python, seed=facts.seed),
    ]


def _readers(view: View) -> list[str]:
    """Return the readers by kind, machines by name."""
    study = view.result.study
    kinds: dict[str, list[str]] = {}
    for reader in dict.fromkeys(reader for reader, _ in study.reader_arms):
        kinds.setdefault(study.kind(reader), []).append(reader)
    named = []
    for kind, readers in kinds.items():
        group = view.words.group(kind, len(readers), "plain", n_people=study.people(readers))
        machines = view.is_machine(readers[0])
        named.append(f"{group} ({', '.join(readers)})" if machines else group)
    return named


def _thresholds(view: View) -> list[str]:
    rules = dict.fromkeys(t.rule for t in view.result.provenance.thresholds if t.rule)
    words = view.words
    return [words("dossier.methods.thresholds", rules=words.apart([words.phrase(r) for r in rules]))] if rules else []


def _measures(view: View, keys: dict[str, str]) -> list[str]:
    """Return every measure with the keys of its sources."""
    words = view.words
    named = []
    for metric, facts in view.metric_facts.items():
        cited = [keys[part] for part in _parts(facts.source) if part in keys]
        name = words.metric(metric)
        named.append(f"{name} [{', '.join(cited)}]" if cited else name)
    return [words("dossier.methods.measures", measures=words.apart(named))] if named else []


def _intervals(view: View) -> list[str]:
    """Return how intervals and p-values were made."""
    words, intervals = view.words, view.result.provenance.intervals
    texts = [words("methods.level", level=view.level_percent)]
    if intervals and intervals.resamples:
        unit = words.phrase(intervals.unit)
        texts.append(words("methods.resamples", n=numbers.count(intervals.resamples, words), unit=unit))
    if intervals and intervals.adjustment:
        texts.append(words("methods.adjustment", text=words.phrase(intervals.adjustment)))
    planned = sum(row.pre_specified for row in view.rows)
    texts.append(words("methods.planned", n=numbers.count(planned, words)) if planned else words("methods.exploratory"))
    return texts
