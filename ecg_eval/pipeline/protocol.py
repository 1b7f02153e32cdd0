"""`ecg-eval plan protocol`: a statistical analysis plan drafted from the choices of a configuration.

Every sentence follows from a choice that the evaluation obeys, so that plan and analysis cannot part; what no
configuration says stands in square brackets for people to write.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ecg_eval.planning as room
from ecg_eval.config.load import load_config
from ecg_eval.config.schema import Plug, Primary, RunConfig, StatedPrevalence
from ecg_eval.domain.contracts import Dataset, Metric
from ecg_eval.domain.evaluation import MACRO
from ecg_eval.domain.findings import expand_findings
from ecg_eval.errors import InputFileError
from ecg_eval.pipeline.locked_plan import protocol_paths
from ecg_eval.pipeline.plugins import make
from ecg_eval.pipeline.study.build import make_dataset, make_metrics, make_model
from ecg_eval.pipeline.study.own_words import speaking_as
from ecg_eval.pipeline.study.version import own_version
from ecg_eval.planning.schedules.files import KEY, read_schedule, sha256_of
from ecg_eval.planning.schedules.schedule import Schedule
from ecg_eval.planning.schedules.words import WORDS as SCHEDULE_WORDS
from ecg_eval.planning.wordings import LANGUAGES, Wordings, Words
from ecg_eval.reports.words import Words as Names
from ecg_eval.storage.atomic import write_atomically

WORDS = Wordings(Path(room.__file__).with_name("protocol_words.csv"))


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What a protocol is drafted from, and in which language."""

    path: Path
    config: RunConfig
    dataset: Dataset
    findings: tuple[str, ...]
    metrics: tuple[tuple[Plug, Metric], ...]
    schedule: Schedule | None
    key_sha256: str
    words: Words
    names: Names


def draft_protocol(path: Path, *, schedule: Path | None = None, key: Path | None = None) -> dict[str, str]:
    """Return a statistical analysis plan as Markdown, by language.

    Parameters
    ----------
    path : Path
        The configuration.
    schedule, key : Path, optional
        Of `ecg-eval plan schedule`.

    Raises
    ------
    EcgEvalError
        When configuration, dataset or schedule cannot be read.
    """
    config = load_config(path)
    with speaking_as(config):
        made = None if schedule is None else read_schedule(schedule, key=key)
        sha256 = "" if schedule is None else sha256_of(key or schedule / KEY)
        metrics = tuple(zip(config.metrics, make_metrics(config), strict=True))
        texts = {}
        for language in LANGUAGES:
            plan = _Plan(
                path=path,
                config=config,
                dataset=make_dataset(config),
                findings=expand_findings(config.codes),
                metrics=metrics,
                schedule=made,
                key_sha256=sha256,
                words=WORDS.of(language),
                names=Names(language),
            )
            texts[language] = "\n".join(_page(plan)) + "\n"
        return texts


def write_protocol(path: Path, *, schedule: Path | None = None, key: Path | None = None) -> list[Path]:
    """Write the draft beside the configuration, one page a language; return the pages.

    Raises
    ------
    InputFileError
        When a page is there already: it may hold what people wrote.
    """
    pages = protocol_paths(path)
    for page in pages.values():
        if page.exists():
            remedy = "It may hold what you wrote: move it away to draft it anew."
            raise InputFileError("ecg-eval plan protocol", str(page), "a new file", remedy=remedy)
    for language, text in draft_protocol(path, schedule=schedule, key=key).items():
        write_atomically(pages[language], text)
    return list(pages.values())


def _page(plan: _Plan) -> Iterator[str]:
    words, title = plan.words, plan.config.title
    name = title if isinstance(title, str) else next((t for k, t in title.items() if k == words.language), "")
    yield f"# {words('title', name=name or plan.config.name)}"
    yield ""
    yield words("intro", version=own_version(), config=plan.path.name)
    sections = {
        "question": _question,
        "design": _design,
        "ecgs": _ecgs,
        "readers": _readers,
        "measures": _measures,
        "answers": _answers,
        "intervals": _intervals,
        "subgroups": _subgroups,
        "yours": _yours,
    }
    for number, (section, paragraphs) in enumerate(sections.items(), 1):
        yield f"\n## {number}. {words(section)}\n"
        yield "\n\n".join(paragraphs(plan))


def _question(plan: _Plan) -> Iterator[str]:
    words, primary = plan.words, plan.config.primary
    yield words("question.yours")
    if not primary:
        yield words("primary.none")
        return
    yield words("primary.one" if len(primary) == 1 else "primary.many")
    yield "\n".join(f"* {_named(plan, one)}" for one in primary)
    yield words("others")


def _named(plan: _Plan, one: Primary) -> str:
    """Return a primary estimate as a line: what, of whom, for what, against whom, by which margin, and its question."""
    words, names = plan.words, plan.names
    metric = next((m for plug, m in plan.metrics if one.metric in (plug.label, m.name)), None)
    margin = one.margin if one.margin is not None else getattr(metric, "margin", None)
    finding = one.finding and (words("macro") if one.finding == MACRO else names.finding(one.finding))
    details = [
        words("reader", reader=one.reader) if one.reader else "",
        words("finding", finding=finding) if finding else "",
        words("arm", arm=names.arm(one.arm)) if one.arm else "",
        words("against", reader=one.compared_with) if one.compared_with else "",
        words("margin", margin=_number(float(margin), words)) if margin is not None else "",
    ]
    labels = {"metric": names.metric(one.metric), "question": names.phrase(metric.question if metric else "")}
    where = ", ".join(detail for detail in details if detail)
    return words("of", details=where, **labels) if where else words("plain", **labels)


def _design(plan: _Plan) -> Iterator[str]:
    words, config = plan.words, plan.config
    if config.design == "auto":
        yield words("design.auto")
    else:
        designs = SCHEDULE_WORDS.of(words.language).texts
        yield words("design.is", design=designs.get(f"design.{config.design}", config.design))
    if plan.schedule is not None:
        yield " ".join(_scheduled(plan, plan.schedule))
    if config.adjust_for:
        yield words("adjust", what=", ".join(_column(c, words) for c in config.adjust_for))
    yield words("size")


def _scheduled(plan: _Plan, schedule: Schedule) -> Iterator[str]:
    words, settings = plan.words, schedule.settings
    yield words(
        "schedule",
        readers=words.count("reader", schedule.table["reader_id"].nunique()),
        ecgs=words.count("ecg", schedule.key["record_id"].nunique()),
        readings=words.count("reading", len(schedule.table)),
        session=words.count("ecg", settings.ecgs_a_session),
        seed=settings.seed,
        sha256=plan.key_sha256,
    )
    if settings.has_washout:
        yield words("washout", days=settings.washout_days)
    if settings.repeats:
        yield words("repeats", ecgs=words.count("ecg", settings.repeats))


def _ecgs(plan: _Plan) -> Iterator[str]:
    words, config, facts = plan.words, plan.config, plan.dataset.facts()
    phrase = plan.names.phrase
    yield words("dataset", title=phrase(facts.title), labelled_by=phrase(facts.labelled_by))
    yield words("findings", findings=", ".join(plan.names.finding(code) for code in plan.findings))
    yield from _drawn(plan)
    yield words("no_signals" if plan.dataset.name == "study_table" else "quality")
    reference = make("references", config.reference.name, config.reference.arguments, root=config.data_root)
    chosen = json.dumps(config.reference.model_dump(mode="json", exclude_none=True), ensure_ascii=False)
    yield words("reference", meaning=phrase(reference.meaning), chosen=chosen)
    if (target := config.target_population) is not None:
        shares = ", ".join(f"{value} {_number(share, words)}" for value, share in target.shares.items())
        yield words("target", by=target.by, shares=shares, source=target.source)


def _drawn(plan: _Plan) -> Iterator[str]:
    """Yield how the ECGs were drawn, where `ecg-eval plan cases` left it beside their table."""
    table = plan.config.dataset.arguments.get("path")
    how = None if table is None else (plan.config.data_root / str(table)).with_suffix(".json")
    if how is None or not how.is_file():
        return
    words = plan.words
    try:
        draw = json.loads(how.read_text(encoding="utf-8"))
        n, ecgs, seed = sum(s["n_drawn"] for s in draw["strata"]), int(draw["n_ecgs"]), int(draw["seed"])
        columns = dict.fromkeys(column for s in draw["strata"] for column, _ in s["levels"])
    except (ValueError, KeyError, TypeError):  # another program's file of that name
        return
    by = words("by.further", columns=", ".join(_column(c, words) for c in columns)) if columns else words("by.findings")
    yield words("drawn", drawn=words.count("ecg", n), ecgs=words.count("ecg", ecgs), seed=seed, by=by)


def _readers(plan: _Plan) -> Iterator[str]:
    words, config = plan.words, plan.config
    yield words("readers.yours")
    if plan.schedule is not None:
        kinds = plan.schedule.readers["kind"].value_counts()
        named = [f"{n} {plan.names.kind(str(kind), many=n != 1)}" for kind, n in kinds.items()]
        yield words("kinds", kinds=", ".join(named))
    if not config.models:
        yield words("no_models")
        return
    rule = config.split.threshold_rule.model_dump(exclude_none=True)
    chosen_by = ", ".join(words("rule", name=k, value=_number(v, words)) for k, v in rule.items()) or words("youden")
    folds = ", ".join(map(str, config.split.threshold))
    threshold = words("folds", folds=folds, rule=chosen_by) if folds else words("no_folds")
    for plug in config.models:
        learnt = "; ".join(make_model(plug, config).trained_on)
        teachers = words("learnt", what=learnt) if learnt else words("learnt.nothing")
        yield words("model", model=plug.label, learnt=teachers, threshold=threshold)


def _measures(plan: _Plan) -> Iterator[str]:
    words, names = plan.words, plan.names
    heads = [words(key) for key in ("measure", "asks", "caveat", "source")]
    rows = [heads, ["---"] * len(heads)]
    for plug, metric in plan.metrics:
        facts = metric.facts()
        rows.append([names.metric(plug.name), names.phrase(facts.question), names.phrase(facts.caveat), facts.source])
    yield "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows)
    settings = [
        f"* {names.metric(plug.name)}{words('colon')} `{json.dumps(dict(plug.arguments), ensure_ascii=False)}`"
        for plug, _ in plan.metrics
        if plug.arguments
    ]
    if settings:
        yield words("settings")
        yield "\n".join(settings)
    if stated := plan.config.prevalence:
        shares = [
            f"* {names.finding(code)}{words('colon')} {_prevalence(one, words)} ({one.source})"
            for code, one in stated.items()
        ]
        yield words("prevalence")
        yield "\n".join(shares)


def _answers(plan: _Plan) -> Iterator[str]:
    words, answers = plan.words, plan.config.answers
    yield words("uncertain", uncertain=words(answers.uncertain), refer=words(answers.refer))
    yield words("missing.rule")
    yield words("missing.yours")


def _intervals(plan: _Plan) -> Iterator[str]:
    words, config = plan.words, plan.config
    level = config.intervals.level
    yield words(
        "level",
        level=f"{100 * level:g}",
        alpha=_number(round(1 - level, 6), words),
        resamples=config.intervals.resamples,
        seed=config.seed,
    )
    yield words("mrmc")
    yield words(f"family.{config.family}")
    yield words("undefined")


def _subgroups(plan: _Plan) -> Iterator[str]:
    words, config = plan.words, plan.config
    if not config.subgroups.by and not config.reader_subgroups.by:
        yield words("subgroups.none")
    if config.subgroups.by:
        yield words(
            "subgroups.are",
            columns=", ".join(_column(c, words) for c in config.subgroups.by),
            n=config.subgroups.minimum_n,
        )
    if config.reader_subgroups.by:
        yield words("subgroups.readers", columns=", ".join(_column(c, words) for c in config.reader_subgroups.by))


def _yours(plan: _Plan) -> Iterator[str]:
    yield plan.words("yours.list")


def _column(column: str, words: Words) -> str:
    """Return a column of the archive in words; one of the study's own speaks for itself."""
    return words.texts.get(f"column.{column}", column)


def _prevalence(one: StatedPrevalence, words: Words) -> str:
    value = _number(one.value, words)
    if one.low is None or one.high is None:
        return value
    return words("within", value=value, low=_number(one.low, words), high=_number(one.high, words))


def _number(value: float, words: Words) -> str:
    text = f"{value:g}"
    return text.replace(".", ",") if words.language == "fr" else text
