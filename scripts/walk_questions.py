"""Ask every question of docs/questions/ of five studies: how many numbers each gets, and where the report shows them.

Run: python scripts/walk_questions.py [--shared ../shared] [--only "stepped wedge"]

A question is the metrics that its page names, and those of its kind (`Metric.answers`) that no page names. A number
counts where it has a value; the rest of its rows say why not. A place is a section of report.en.html in which a name of
one of the metrics stands and leads to its rows.
"""

import argparse
import re
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import page_tables
import pandas as pd

from ecg_eval import registry
from ecg_eval.config.load import load_config, make_config
from ecg_eval.config.schema import RunConfig
from ecg_eval.pipeline.demo import demo_config
from ecg_eval.pipeline.plugins import load
from ecg_eval.pipeline.simulate import Accuracy, simulate_cohort, simulate_readers
from ecg_eval.pipeline.study.run import run

PAGES = Path("docs/questions")
MARK = "walked"
NOT_ASKED = ("README", "design", "looked-at", "observatory")  # answered without a metric
KINDS = {
    "reading": "how-well",
    "agreement": "agreement",
    "difference": "as-good-as-gps",
    "aid": "help",
    "management": "management",
}
METRIC = re.compile(r"(?:`|^ *- )([a-z][a-z0-9_]*)(?:`|$)", re.MULTILINE)  # in a text, or a line of a list in YAML
SECTION = re.compile(r'<section id="([^"]+)".*?(?=<section id=|\Z)', re.DOTALL)
LINKED = re.compile(r"#metric=([a-z0-9_]+)")
DESIGNS = {"stepped wedge": "stepped_wedge", "split plot": "split_plot", "sequential": "sequential"}


def questions() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return each page's question, and the metrics that it names."""
    names = registry.names("metrics")
    asked: dict[str, tuple[str, tuple[str, ...]]] = {}
    for page in sorted(PAGES.glob("*.md")):
        if page.stem in NOT_ASKED:
            continue
        text = page.read_text(encoding="utf-8")
        title = text.partition("\n")[0].removeprefix("# ")
        asked[page.stem] = title, tuple(dict.fromkeys(m for m in METRIC.findall(text) if m in names))
    named = {metric for _, metrics in asked.values() for metric in metrics}
    for metric in sorted(set(names) - named):
        stem = KINDS.get(load("metrics", metric).answers)
        if stem is not None:
            asked[stem] = asked[stem][0], (*asked[stem][1], metric)
    return asked


def everything(config: RunConfig, out: Path) -> RunConfig:
    """Return a configuration that asks all metrics, of men and women too, into a folder of its own."""
    stated = {code: {"value": 0.05, "low": 0.03, "high": 0.08, "source": "made up"} for code in ("AF", "LBBB")}
    changes = {
        "metrics": ["default", *registry.names("metrics")],
        "prevalence": stated,
        "target_population": {"by": "AF", "shares": {"present": 0.068, "absent": 0.932}, "source": "made up"},
        "primary": [],
        "subgroups": {"by": ["sex"] if config.dataset.name != "code_test" else ["age"]},
        "tracking": {"enabled": False},
        "report": {"languages": ["en"]},
        "intervals": {"resamples": 200},
        "data_root": str(config.data_root.resolve()),
    }
    return make_config(config.model_dump(mode="json", exclude_unset=True) | changes).model_copy(update={"out": out})


def studies(shared: Path, scratch: Path) -> Iterator[tuple[str, Callable[[], RunConfig]]]:
    """Yield each study's name, and what makes its configuration."""
    yield "demo", demo_config
    if (shared / "data" / "code-test").is_dir():
        yield (
            "code-test",
            lambda: load_config(Path("configs/code_test.yaml"), [f"data_root={shared / 'data' / 'code-test'}"]),
        )
    cohort = scratch / "cohort"
    for name, design in DESIGNS.items():
        yield name, partial(_simulated, cohort, scratch / design, design)


def _simulated(cohort: Path, out: Path, design: str) -> RunConfig:
    """Return the study of twelve simulated readers of 240 simulated ECGs in a design."""
    if not cohort.is_dir():
        simulate_cohort(cohort, n_records=240, seed=5, rates_hz=(100,))
    ai = Accuracy(sensitivity=0.9, specificity=0.9)
    simulate_readers(cohort, out, findings=("AF", "LBBB"), design=design, ai=ai, seed=3)
    _say_what_would_be_done(out / "readings.csv")
    return load_config(out / "study.yaml")


def _say_what_would_be_done(path: Path) -> None:
    """Add what each reader would do about an ECG: refer whom they name a finding of, and of the others every tenth."""
    readings = pd.read_csv(path, dtype=str, keep_default_na=False, float_precision="round_trip")
    reading = [c for c in ("reader_id", "record_id", "arm", "period") if c in readings]
    named = readings["reading"].eq("present").groupby([readings[c] for c in reading]).transform("any")
    tenth = readings["record_id"].str.endswith("7")
    readings["management"] = np.select([named, tenth], ["refer", "follow_up"], "nothing")
    readings.to_csv(path, index=False)


def places(page: str) -> dict[str, set[str]]:
    """Return the sections of a report in which each metric's name leads to its rows."""
    shown: dict[str, set[str]] = {}
    for section in SECTION.finditer(page):
        for metric in LINKED.findall(section.group()):
            shown.setdefault(metric, set()).add(section.group(1))
    return shown


def walked(frame: pd.DataFrame, page: str, metrics: tuple[str, ...]) -> str:
    """Return what a study answers: its numbers, all its rows, and where they stand."""
    rows = frame[frame["metric"].isin(metrics)]
    if rows.empty:
        return "not in these data"
    shown = places(page)
    there = {section for metric in metrics for section in shown.get(metric, ())} - {"methods"}
    given = int(rows["value"].notna().sum())
    if not given:
        return f"no number, {len(rows):,} reasons"
    return f"{given:,} of {len(rows):,}: {', '.join(sorted(there)) or '**nowhere**'}"


def main() -> None:
    """Run each study, print the table, write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--only", nargs="*", default=None, help="names of studies; the page is then not written")
    given = parser.parse_args()
    asked = questions()
    table: dict[str, list[str]] = {stem: [f"[{title}]({stem}.md)"] for stem, (title, _) in asked.items()}
    names = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, config in studies(given.shared, Path(scratch)):
            if given.only is not None and name not in given.only:
                continue
            out = Path(scratch) / "runs" / name.replace(" ", "_")
            run(everything(config(), out))
            frame = pd.read_csv(
                out / "evaluation.csv", float_precision="round_trip", keep_default_na=False, na_values={"value": [""]}
            )
            page = (out / "report.en.html").read_text(encoding="utf-8")
            names.append(name)
            for stem, (_, metrics) in asked.items():
                table[stem].append(walked(frame, page, metrics))
    lines = [f"| question | {' | '.join(names)} |", "|---|" + "---|" * len(names)]
    text = "\n".join([*lines, *("| " + " | ".join(cells) + " |" for cells in table.values())])
    if given.only is None:
        page_tables.put(PAGES / "README.md", MARK, text)
    print(text)


if __name__ == "__main__":
    main()
