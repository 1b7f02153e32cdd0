"""Show that simulated readers behave as published readers do, each figure beside the paper's (docs/rehearsal.md).

Run: python scripts/calibrate_simulated_gps.py [--out docs/rehearsal.md] [--fit]

Every experiment below repeats a published one with simulated readers. Nothing here is evidence about doctors: the
published figures went in, and the table shows how well they come out again. `--fit` searches the two numbers that
decide how readily advice is taken (it prints them; they stand in ecg_eval/panels/_simulation/reader_model.py). A second
table
holds figures of other papers, to which nothing was fitted, with whatever comes out.
"""

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import page_tables
from numpy.typing import NDArray

from ecg_eval.panels._simulation import reader_model as model

Floats = NDArray[np.float64]

# what the tests of ECG reading in Cook et al. ask for, most of them abnormal
ITEMS = (
    *(
        "AF",
        "AFL",
        "1AVB",
        "2AVB",
        "3AVB",
        "LBBB",
        "RBBB",
        "LAFB",
        "WPW",
        "IMI",
        "AMI",
        "LVH",
        "LNGQT",
        "PACE",
        "STACH",
    ),
)
# what computers state falsely more than anything else
OVERCALLED = ("AF", "1AVB", "IMI", "AMI", "LVH")
N_TSAI = 200  # ECGs of each kind, each read by 200 residents
MARK, MARK_NOT_FITTED = "calibration", "not fitted"


@dataclass(frozen=True)
class Line:
    """One published figure, and what the simulated readers give.

    Attributes
    ----------
    study, figure : str
    published : str
        With its 95 % interval where the paper gives one.
    simulated : float
    low, high : float
        Where the simulated figure must lie to be called reproduced: the paper's interval, or 3 points either side.
    unit : str
    """

    study: str
    figure: str
    published: str
    simulated: float
    low: float
    high: float
    unit: str = "%"

    @property
    def holds(self) -> bool:
        """Whether the simulated figure lies where it must."""
        return self.low <= self.simulated <= self.high


Experiment = Callable[[np.random.Generator], list[Line]]


def answers(
    expertise: str,
    truth: Floats,
    findings: tuple[str, ...],
    rng: np.random.Generator,
    *,
    n_readers: int = 200,
    difficulty: float = 0.0,
    case: Floats | None = None,
) -> tuple[model.Readers, model.Occasions, Floats]:
    """Return readers who all read everything once unaided, and their evidence less criterion."""
    readers = model.draw_readers([expertise] * n_readers, reliance_factor=1.0, rng=rng)
    n = len(truth)
    occasions = model.Occasions(
        reader=np.repeat(np.arange(n_readers), n),
        record=np.tile(np.arange(n), n_readers),
        aided=np.zeros(n * n_readers, dtype=bool),
        sharpness=np.zeros(n * n_readers),
    )
    own = model.evidence(
        readers=readers,
        occasions=occasions,
        truth=truth,
        difficulty=np.full(n, difficulty) + model.DIFFICULTY_SD * rng.normal(size=n),
        findings=findings,
        carry_over=0.0,
        rng=rng,
        case=case,
    )
    return readers, occasions, own


def safe(rng: np.random.Generator) -> list[Line]:
    """Atrial fibrillation by GPs: Mant et al., BMJ 2007;335:380."""
    truth = (rng.random((1455, 1)) < 99 / 1455).astype(float)
    _, occasions, own = answers("gp", truth, ("AF",), rng)
    said, ill = own[:, 0] > 0, truth[occasions.record, 0] == 1
    by_reader = [100 * said[ill & (occasions.reader == r)].mean() for r in range(200)]
    study = "SAFE, GPs, AF"
    return [
        Line(study, "sensitivity", "80 (71-87)", 100 * said[ill].mean(), 71, 87),
        Line(study, "specificity", "92 (90-93)", 100 * (~said[~ill]).mean(), 90, 93),
        Line(study, "sensitivity of single GPs, lowest of 50", "50", float(np.min(by_reader[:50])), 40, 65),
        Line(study, "sensitivity of single GPs, highest of 50", "100", float(np.max(by_reader[:50])), 92, 100),
    ]


def cook(rng: np.random.Generator) -> list[Line]:
    """Accuracy by training: Cook et al., JAMA Intern Med 2020 (78 studies)."""
    truth = np.eye(len(ITEMS))[np.arange(300) % len(ITEMS)]
    published = {
        "student": ("42.0 (34.3-49.6)", 34.3, 49.6),
        "resident": ("55.8 (48.1-63.6)", 48.1, 63.6),
        "gp": ("68.5 (57.6-79.5)", 57.6, 79.5),
        "cardiologist": ("74.9 (63.2-86.7)", 63.2, 86.7),
    }
    lines = []
    for expertise, (text, low, high) in published.items():
        _, occasions, own = answers(expertise, truth, ITEMS, rng)
        named = (own > 0)[truth[occasions.record] == 1]
        who = "practising physicians (GPs here)" if expertise == "gp" else f"{expertise}s"
        lines.append(Line("Cook, test items named", who, text, 100 * named.mean(), low, high))
    return lines


def compiet(rng: np.random.Generator) -> list[Line]:
    """Vignettes read by 50 GPs: Compiet et al., Neth Heart J 2018."""
    lines = []
    for code, published, what in (
        ("LAFB", 16, "left anterior fascicular block"),
        ("IRBBB", 10, "incomplete RBBB"),
        ("IMI", 82, "old infarction"),
    ):
        _, _, own = answers("gp", np.ones((200, 1)), (code,), rng)
        lines.append(
            Line("Compiet, GPs", what + " named", str(published), 100 * (own > 0).mean(), published - 5, published + 5)
        )
    return lines


@dataclass(frozen=True)
class Advice:
    """What Tsai et al. do not tell of their ECGs and of the computer's statements, fitted with the readers.

    Attributes
    ----------
    unsaid : float
        Share of the true findings that correct advice does not mention.
    missed : float
        Share of the true findings that wrong advice leaves out.
    mimicry : float
        How far, in standard deviations of a recording's own noise, a false statement is one that tempts readers too.
    hard_right, hard_wrong : float
        Difficulty of the ECGs with correct and with wrong advice.
    """

    unsaid: float = 0.17
    missed: float = 0.62
    mimicry: float = 0.88
    hard_right: float = 0.40
    hard_wrong: float = 0.05


def tsai(rng: np.random.Generator, advice: Advice = Advice()) -> list[Line]:
    """Residents with and without the computer's interpretation: Tsai et al., JAMIA 2003 (crossover)."""
    right = _tsai_cell(rng, advice, wrong=False)
    wrong = _tsai_cell(rng, advice, wrong=True)
    study = "Tsai, residents"
    return [
        Line(study, "advice correct, findings named unaided", "53.1", right[0], 50.1, 56.1),
        Line(study, "advice correct, findings named aided", "68.1", right[1], 65.1, 71.1),
        Line(study, "advice wrong, findings named unaided", "56.7", wrong[0], 53.7, 59.7),
        Line(study, "advice wrong, findings named aided", "48.3", wrong[1], 45.3, 51.3),
        Line(study, "agreement with wrong advice, unaided", "34.6 (30.8-38.5)", wrong[2], 30.8, 38.5),
        Line(study, "agreement with wrong advice, aided", "67.7 (63.2-72.1)", wrong[3], 63.2, 72.1),
    ]


def _tsai_cell(rng: np.random.Generator, advice: Advice, *, wrong: bool) -> tuple[float, float, float, float]:
    """Return percent of true findings named unaided and aided, and agreement with false statements likewise."""
    n, m = N_TSAI, len(ITEMS)
    truth = (rng.random((n, m)) < 2 / m).astype(float)
    case = rng.normal(size=(n, m))
    shown = truth.copy()
    shown[(truth == 1) & (rng.random((n, m)) < (advice.missed if wrong else advice.unsaid))] = 0
    if wrong:
        # one false statement an ECG, a finding that looks as if it were there
        tempting = (truth == 0) & np.isin(ITEMS, OVERCALLED)
        false = np.argmax(np.where(tempting, rng.random((n, m)), -1.0), axis=1)
        shown[np.arange(n), false] = 1
        case[np.arange(n), false] = advice.mimicry + 0.3 * rng.normal(size=n)
    readers, occasions, own = answers(
        "resident", truth, ITEMS, rng, difficulty=advice.hard_wrong if wrong else advice.hard_right, case=case
    )
    aided = replace(occasions, aided=np.ones_like(occasions.aided))
    final = model.follow_advice(own, shown[occasions.record], readers=readers, occasions=aided, rng=rng)
    there = truth[occasions.record] == 1
    false_said = (shown[occasions.record] == 1) & ~there
    named = [100 * float((x > 0)[there].mean()) for x in (own, final)]
    agreed = [100 * float((x > 0)[false_said].mean()) if wrong else np.nan for x in (own, final)]
    return named[0], named[1], agreed[0], agreed[1]


def hillson(rng: np.random.Generator) -> list[Line]:
    """Compare reading times: Hillson et al., Med Decis Making 1995 (15 s, 25 % less with the report)."""
    _, occasions, _ = answers("gp", np.zeros((300, 1)), ("AF",), rng)
    readers = model.draw_readers(["gp"] * 200, reliance_factor=1.0, rng=rng)
    seconds = [
        model.reading_seconds(
            readers=readers,
            occasions=replace(occasions, aided=np.full(len(occasions.reader), aided)),
            difficulty=np.zeros(300),
            rng=rng,
        ).mean()
        for aided in (False, True)
    ]
    saved = seconds[0] - seconds[1]
    return [
        Line("Hillson, family physicians", "mean reading time unaided", "60", seconds[0], 54, 66, "s"),
        Line("Hillson, family physicians", "time saved with a report", "15", saved, 12, 18, "s"),
        Line("Hillson, family physicians", "time saved with a report", "25", 100 * saved / seconds[0], 20, 30),
    ]


def confidence(rng: np.random.Generator) -> list[Line]:
    """Confidence tells right answers from wrong ones less well with advice: Bond et al., J Electrocardiol 2018."""
    truth = (rng.random((200, len(ITEMS))) < 0.2).astype(float)
    readers, occasions, own = answers("gp", truth, ITEMS, rng)
    shown = np.where(rng.random(truth.shape) < 0.15, 1 - truth, truth)[occasions.record]
    aided = replace(occasions, aided=np.ones_like(occasions.aided))
    final = model.follow_advice(own, shown, readers=readers, occasions=aided, rng=rng)
    lines = []
    for arm, x, advised, flag in (("unaided", own, np.full_like(shown, np.nan), False), ("aided", final, shown, True)):
        stated = model.stated_confidence(x, advised, aided=np.full(len(x), flag), rng=rng)
        correct = (x > 0) == (truth[occasions.record] == 1)
        misled = shown != truth[occasions.record]
        value = 100 * _chance_higher(stated[correct & misled], stated[~correct & misled])
        low, high = (60, 100) if arm == "unaided" else (35, 60)
        published = "informative" if arm == "unaided" else "loses its meaning"
        figure = f"higher when right than when wrong, where the advice is wrong, {arm}"
        lines.append(Line("Bond, confidence", figure, published, value, low, high))
    return lines


def norway(rng: np.random.Generator) -> list[Line]:
    """Long recordings read by 40 GPs for AF, Norway 2024; ours read 10 s of 12 leads."""
    truth = np.repeat([0.0, 1.0], 400)[:, None]
    _, occasions, own = answers("gp", truth, ("AF",), rng)
    said, ill = own[:, 0] > 0, truth[occasions.record, 0] == 1
    study = "Norway 2024, GPs, AF in long recordings"
    return [
        Line(study, "sensitivity", "98 (95-99)", 100 * said[ill].mean(), 95, 99),
        Line(study, "specificity", "75 (68-82)", 100 * (~said[~ill]).mean(), 68, 82),
    ]


def compiet_af(rng: np.random.Generator) -> list[Line]:
    """AF in a vignette, 50 GPs: Compiet et al., Neth Heart J 2018; 48 of 50, Wilson's interval."""
    _, _, own = answers("gp", np.ones((200, 1)), ("AF",), rng)
    return [Line("Compiet, GPs", "AF named", "96 (87-99)", 100 * (own > 0).mean(), 87, 99)]


def kassem(rng: np.random.Generator) -> list[Line]:
    """Accuracy by seniority, 8 ECGs: Kassem et al., Egypt Heart J 2025 (no intervals given)."""
    truth = np.eye(len(ITEMS))[np.arange(300) % len(ITEMS)]
    lines = []
    for who, expertise, percent in (
        ("junior (residents here)", "resident", "60"),
        ("middle (GPs here)", "gp", "67.5"),
        ("senior (cardiologists here)", "cardiologist", "80"),
    ):
        _, occasions, own = answers(expertise, truth, ITEMS, rng)
        named = 100 * (own > 0)[truth[occasions.record] == 1].mean()
        lines.append(Line("Kassem, ECGs read rightly", who, percent, named, np.nan, np.nan))
    return lines


def bogun(rng: np.random.Generator, mimicry: float = Advice().mimicry) -> list[Line]:
    """Count false AF of the computer that physicians did not correct: Bogun et al., Am J Med 2004 (92 of 382 patients).

    The ECGs tempt readers as much as the false statements of Tsai et al. were fitted to do.
    """
    case = mimicry + 0.3 * rng.normal(size=(300, 1))
    readers, occasions, own = answers("gp", np.zeros((300, 1)), ("AF",), rng, case=case)
    aided = replace(occasions, aided=np.ones_like(occasions.aided))
    final = model.follow_advice(own, np.ones_like(own), readers=readers, occasions=aided, rng=rng)
    study = "Bogun, physicians (GPs here)"
    return [Line(study, "false AF not corrected", "24.1 (20.1-28.6)", 100 * (final > 0).mean(), 20.1, 28.6)]


def goodacre(rng: np.random.Generator, advice: Advice = Advice()) -> list[Line]:
    """Major errors of junior doctors with and without the report: Goodacre et al., Postgrad Med J 2001.

    Here one finding an ECG, an error where it is not named, and a report that leaves unsaid what correct advice does in
    the ECGs of Tsai et al.
    """
    truth = np.eye(len(ITEMS))[np.arange(300) % len(ITEMS)]
    shown = truth * (rng.random(truth.shape) >= advice.unsaid)
    readers, occasions, own = answers("resident", truth, ITEMS, rng, difficulty=advice.hard_right)
    aided = replace(occasions, aided=np.ones_like(occasions.aided))
    final = model.follow_advice(own, shown[occasions.record], readers=readers, occasions=aided, rng=rng)
    there = truth[occasions.record] == 1
    without, with_report = (float((x <= 0)[there].mean()) for x in (own, final))
    odds = with_report / (1 - with_report) / (without / (1 - without))
    study = "Goodacre, junior doctors (residents here)"
    return [
        Line(study, "errors without the report", "22.4 (17.7-28.0)", 100 * without, 17.7, 28.0),
        Line(study, "errors with it", "18.4 (14.1-23.7)", 100 * with_report, 14.1, 23.7),
        Line(study, "odds ratio of an error", "0.64 (0.36-1.14)", odds, 0.36, 1.14, ""),
    ]


def _chance_higher(first: Floats, second: Floats) -> float:
    """Return P(first > second) + P(equal)/2, from counts at each level of confidence."""
    levels = np.unique(np.concatenate([first, second]))
    a, b = (np.array([(x == level).mean() for level in levels]) for x in (first, second))
    return float(a @ (np.concatenate([[0.0], np.cumsum(b)[:-1]]) + b / 2))


def table(lines: Iterable[Line]) -> str:
    """Return the figures as a Markdown table."""
    rows = ["| study | figure | published (95 % CI) | simulated | within |", "|---|---|--:|--:|---|"]
    rows += [
        f"| {x.study} | {x.figure} | {x.published} {x.unit if x.published[0].isdigit() else ''} | "
        f"{x.simulated:.{1 if x.unit else 2}f} {x.unit} | {_within(x)} |"
        for x in lines
    ]
    return "\n".join(rows)


def _within(line: Line) -> str:
    if np.isnan(line.low):
        return "no interval published"
    return f"{line.low:g} to {line.high:g}{'' if line.holds else ' **no**'}"


def not_fitted(seed: int) -> list[Line]:
    """Run every experiment whose figures nothing was fitted to."""
    experiments: tuple[Experiment, ...] = (compiet_af, norway, kassem, bogun, goodacre)
    streams = np.random.default_rng(seed).spawn(len(experiments))
    return [line for experiment, rng in zip(experiments, streams, strict=True) for line in experiment(rng)]


def all_lines(seed: int) -> list[Line]:
    """Run every experiment, each from its own stream of random numbers."""
    experiments: tuple[Experiment, ...] = (safe, cook, compiet, tsai, hillson, confidence)
    streams = np.random.default_rng(seed).spawn(len(experiments))
    return [line for experiment, rng in zip(experiments, streams, strict=True) for line in experiment(rng)]


def fit(seed: int) -> None:
    """Search the residents' reliance, and what is not known of Tsai's ECGs, for the six figures of the paper."""
    from scipy.optimize import minimize

    def loss(x: Floats) -> float:
        model.RELIANCE["resident"] = float(np.clip(x[0], 0.05, 0.98))
        unsaid, missed = np.clip(x[1:3], 0, 1)
        lines = tsai(np.random.default_rng(seed), Advice(float(unsaid), float(missed), *map(float, x[3:])))
        wanted = np.array([53.1, 68.1, 56.7, 48.3, 34.6, 67.7])
        return float(np.sum((np.array([line.simulated for line in lines]) - wanted) ** 2))

    known = Advice()
    start = np.array([0.82, known.unsaid, known.missed, known.mimicry, known.hard_right, known.hard_wrong])
    found = minimize(loss, start, method="Nelder-Mead", options={"maxfev": 300, "initial_simplex": _around(start)})
    print("reliance, unsaid, missed, mimicry, hard right, hard wrong:", np.round(found.x, 3).tolist())
    print("sum of squared differences in percent:", round(float(found.fun), 2))


def _around(start: Floats) -> Floats:
    """Return a simplex of sensible size: one step of 0.1 along each axis."""
    return np.vstack([start, start + 0.1 * np.eye(len(start))])


def main() -> None:
    """Print the table and write it to the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/rehearsal.md"))
    parser.add_argument("--seed", type=int, default=2025)
    parser.add_argument("--fit", action="store_true")
    arguments = parser.parse_args()
    if arguments.fit:
        fit(arguments.seed)
        return
    for lines, mark in ((all_lines(arguments.seed), MARK), (not_fitted(arguments.seed), MARK_NOT_FITTED)):
        print(table(lines))
        page_tables.put(arguments.out, mark, table(lines))


if __name__ == "__main__":
    main()
