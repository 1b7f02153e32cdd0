"""ROC curves, precision-recall, macro averages and the Challenge scores, answered by the kernels of ecg_eval.stats."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from ecg_eval.stats.estimate import Estimate
from ecg_eval.stats.probability.challenge import (
    challenge_score,
    exact_match_accuracy,
    label_count_weights,
    merge_classes,
)
from ecg_eval.stats.resampling.draws import (
    difference_from_replicates,
    draw_weights,
    interval_from_replicates,
    weights_from_indices,
)
from ecg_eval.stats.roc.area import auroc, delong_covariance, weighted_auroc
from ecg_eval.stats.roc.f_measure import best_f, f_beta, fmax, weighted_f_beta, weighted_fmax, weighted_g_beta
from ecg_eval.stats.roc.macro_average import macro_auroc, macro_average
from ecg_eval.stats.roc.operating_points import operating_point, youden_point
from ecg_eval.stats.roc.partial_auc import partial_auc
from ecg_eval.stats.roc.precision_recall import average_precision, weighted_average_precision
from ecg_eval.stats.roc.rate_at_rate import sensitivity_at_specificity
from ecg_eval.stats.roc.roc_comparison import compare_aurocs, compare_unpaired_aurocs

NORMAL_RHYTHM = "426783006"
EQUIVALENT_2020 = (("713427006", "59118001"), ("284470004", "63593006"), ("427172004", "17338001"))


def expected_names(case_dir: Path) -> list[str]:
    """Return the names that a case asks for; they say which levels and ranges are wanted."""
    return [e["name"] for e in json.loads((case_dir / "expected.json").read_text(encoding="utf-8"))["expected"]]


def own_roc(case_dir: Path) -> Mapping[str, object]:
    names = expected_names(case_dir)
    scores = pd.read_csv(case_dir / "scores.csv", float_precision="round_trip")
    second = pd.read_csv(case_dir / "scores_second_cohort.csv", float_precision="round_trip")
    truth = scores["af"].to_numpy()
    models = [c for c in scores.columns if c not in ("ecg_id", "af")]
    answers: dict[str, object] = {}
    for model in models:
        answers |= one_score(model, truth, scores[model].to_numpy(), names)
    for a, b in combinations(models, 2):
        answers |= paired(f"{a} - {b}", truth, scores[a].to_numpy(), scores[b].to_numpy())
    for model in [c for c in second.columns if c in models]:
        other = second["af"].to_numpy(), second[model].to_numpy()
        answers[f"{model} second cohort|AUC"] = auroc(truth=other[0], score=other[1]).value
        answers[f"{model} second cohort|DeLong variance"] = delong_covariance(truth=other[0], scores=other[1])[0, 0]
        test = compare_unpaired_aurocs(
            truth_first=truth, score_first=scores[model], truth_second=other[0], score_second=other[1], method="proc"
        )
        unpaired = {"D": test.statistic, "df": test.df, "p": test.p_value}
        answers |= {f"{model} first - second cohort|unpaired DeLong {k}": v for k, v in unpaired.items()}
    return answers | dict(own_bootstrap(names, truth, scores))


def one_score(model: str, truth: np.ndarray, score: np.ndarray, names: list[str]) -> dict[str, object]:
    point = youden_point(truth=truth, score=score)
    answers: dict[str, object] = {
        f"{model}|AUC": auroc(truth=truth, score=score).value,
        f"{model}|DeLong variance": delong_covariance(truth=truth, scores=score)[0, 0],
        f"{model}|average precision": average_precision(truth=truth, score=score).value,
        f"{model}|Youden|J = sens + spec - 1": point.youden.value,
        f"{model}|Youden|threshold (midpoint between two scores)": point.threshold,
        f"{model}|Youden|sensitivity": point.sensitivity.value,
        f"{model}|Youden|specificity": point.specificity.value,
        **{f"{model}|Youden|{k.upper()}": getattr(point, k) for k in ("tp", "fp", "fn", "tn")},
    }
    for name in names:
        if not name.startswith(f"{model}|"):
            continue
        if found := re.search(r"DeLong ([\d.]+)% CI (low|high)$", name):
            interval = auroc(truth=truth, score=score, method="delong", level=float(found[1]) / 100)
            answers[name] = getattr(interval, found[2])
        elif found := re.search(r"(specificity|sensitivity) ([\d.]+)-([\d.]+), (raw|McClish)$", name):
            part = {found[1]: (float(found[2]), float(found[3]))}
            answers[name] = partial_auc(truth=truth, score=score, corrected=found[4] == "McClish", **part).value
        elif found := re.search(r"FPR ([\d.]+)-([\d.]+), McClish", name):
            part = {"specificity": (1 - float(found[1]), 1 - float(found[2]))}
            answers[name] = partial_auc(truth=truth, score=score, corrected=True, **part).value
        elif found := re.search(r"sensitivity at specificity ([\d.]+) ", name):
            answers[name] = sensitivity_at_specificity(truth=truth, score=score, specificity=float(found[1])).value
    return answers


def paired(label: str, truth: np.ndarray, a: np.ndarray, b: np.ndarray) -> dict[str, object]:
    test = compare_aurocs(truth=truth, score_first=a, score_second=b, method="delong")
    greater = compare_aurocs(truth=truth, score_first=a, score_second=b, method="delong", alternative="greater")
    return {
        f"{label}|difference": test.value,
        f"{label}|DeLong covariance": delong_covariance(truth=truth, scores=np.column_stack([a, b]))[0, 1],
        f"{label}|paired DeLong z": test.statistic,
        f"{label}|paired DeLong p (two-sided)": test.p_value,
        f"{label}|paired DeLong p (one-sided, greater)": greater.p_value,
        f"{label}|95% CI low": test.low,
        f"{label}|95% CI high": test.high,
    }


def own_bootstrap(names: list[str], truth: np.ndarray, scores: pd.DataFrame) -> Iterator[tuple[str, object]]:
    weights = draw_weights(
        cluster=np.arange(truth.size), n_resamples=20_000, rng=np.random.default_rng(1), stratum=truth
    )
    for name in names:
        if found := re.fullmatch(r"(\S+)\|stratified percentile bootstrap CI (low|high) \(\d+\)", name):
            yield name, getattr(bootstrapped(truth, scores[found[1]].to_numpy(), weights), found[2])
        elif found := re.fullmatch(r"(\S+) - (\S+)\|bootstrap z \(\d+\)", name):
            a, b = scores[found[1]].to_numpy(), scores[found[2]].to_numpy()
            yield name, bootstrap_difference(truth, a, b, weights).statistic


def bootstrapped(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> Estimate:
    return interval_from_replicates(
        value=auroc(truth=truth, score=score).value,
        replicates=weighted_auroc(truth=truth, score=score, weights=weights),
        label="AUC",
        n=truth.size,
    )


def bootstrap_difference(truth: np.ndarray, a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> Estimate:
    return difference_from_replicates(
        value_first=auroc(truth=truth, score=a).value,
        value_second=auroc(truth=truth, score=b).value,
        replicates_first=weighted_auroc(truth=truth, score=a, weights=weights),
        replicates_second=weighted_auroc(truth=truth, score=b, weights=weights),
        label="difference of AUCs",
        n=truth.size,
    )


def subarachnoid(case_dir: Path) -> Mapping[str, object]:
    data = pd.read_csv(case_dir / "aSAH.csv", float_precision="round_trip")
    truth = (data["outcome"] == "Poor").to_numpy()
    score = {c: data[c].to_numpy(dtype=float) for c in ("s100b", "wfns", "ndka")}
    answers: dict[str, object] = {}
    for name in expected_names(case_dir):
        part = name.split("|")
        if found := re.fullmatch(r"doc\|auc (\w+)", name):
            answers[name] = auroc(truth=truth, score=score[found[1]]).value
        elif found := re.fullmatch(r"doc\|delong (Z|p) (\w+) vs (\w+)", name):
            test = compare_aurocs(
                truth=truth, score_first=score[found[2]], score_second=score[found[3]], method="delong"
            )
            answers[name] = test.statistic if found[1] == "Z" else test.p_value
        elif part[0] == "auc":
            curve = auroc(truth=truth, score=score[part[1]], method="delong")
            variance = delong_covariance(truth=truth, scores=score[part[1]])[0, 0]
            known = {"auc": curve.value, "est": curve.value, "low": curve.low, "high": curve.high}
            answers[name] = {**known, "var_delong": variance}[part[-1]]
        elif part[0] == "cov":
            pair = np.column_stack([score[s] for s in part[1].split("_")])
            answers[name] = delong_covariance(truth=truth, scores=pair)[0, 1]
        elif part[0] == "test":
            answers[name] = tested(part, truth, score)
        elif part[0] == "sex":
            answers[name] = by_sex(part, truth, data)
        elif part[0] == "pauc":
            answers[name] = part_of_curve(part[2], truth, score[part[1]])
        elif part[0] == "coords":
            point = operating_point(truth=truth, score=score[part[1]], threshold=float(part[2].split("/")[0]))
            found_value = getattr(point, part[3])
            answers[name] = found_value.value if isinstance(found_value, Estimate) else found_value
        elif part[0] == "sens_at_spec":
            at = {"low": 0.8, "est": 0.9, "high": 0.95}[part[2]]
            answers[name] = sensitivity_at_specificity(truth=truth, score=score[part[1]], specificity=at).value
    return answers | subarachnoid_bootstrap(case_dir, truth, score)


def tested(part: list[str], truth: np.ndarray, score: dict[str, np.ndarray]) -> object:
    pair = part[1].removeprefix("unpaired_").split("_")
    if part[1].startswith("unpaired_"):
        pair = sorted(pair)  # the program was given s100b first, whatever the name says
        test = compare_unpaired_aurocs(
            truth_first=truth,
            score_first=score[pair[0]],
            truth_second=truth,
            score_second=score[pair[1]],
            method="proc",
        )
    else:
        test = compare_aurocs(truth=truth, score_first=score[pair[0]], score_second=score[pair[1]], method="delong")
    return field_of_test(part, test, [auroc(truth=truth, score=score[s]).value for s in pair])


def field_of_test(part: list[str], test: Estimate, areas: list[float | None]) -> object:
    fields = {"statistic": test.statistic, "p": test.p_value, "df": test.df, "low": test.low, "high": test.high}
    return {**fields, "AUC of roc1": areas[0], "AUC of roc2": areas[1]}[part[-1]]


def by_sex(part: list[str], truth: np.ndarray, data: pd.DataFrame) -> object:
    women = (data["gender"] == "Female").to_numpy()
    score = data["s100b"].to_numpy()
    areas = [auroc(truth=truth[g], score=score[g]).value for g in (women, ~women)]
    if part[1] in ("female", "male"):
        return areas[part[1] == "male"]
    test = compare_unpaired_aurocs(
        truth_first=truth[women],
        score_first=score[women],
        truth_second=truth[~women],
        score_second=score[~women],
        method="proc",
    )
    return field_of_test(part, test, areas)


def part_of_curve(text: str, truth: np.ndarray, score: np.ndarray) -> float | None:
    axis, high, low = text.removesuffix("_mcclish").split("_")
    bounds = {{"spec": "specificity", "sens": "sensitivity"}[axis]: (float(low), float(high))}
    return partial_auc(truth=truth, score=score, corrected=text.endswith("_mcclish"), **bounds).value


def subarachnoid_bootstrap(case_dir: Path, truth: np.ndarray, score: dict[str, np.ndarray]) -> dict[str, object]:
    weights = draw_weights(
        cluster=np.arange(truth.size), n_resamples=100_000, rng=np.random.default_rng(1), stratum=truth
    )
    answers: dict[str, object] = {}
    for name in expected_names(case_dir):
        if not name.startswith("bootstrap"):
            continue
        part = name.split("|")
        if part[1].startswith("ci_"):
            interval = bootstrapped(truth, score[part[1].removeprefix("ci_")], weights)
            answers[name] = {"low": interval.low, "est": interval.value, "high": interval.high}[part[2]]
        else:
            pair = part[1].removeprefix("test_").split("_")
            test = bootstrap_difference(truth, *(score[s] for s in pair), weights)
            answers[name] = field_of_test(part, test, [auroc(truth=truth, score=score[s]).value for s in pair])
    return answers


# written into the authors' script, generate_figures_and_tables.py of github antonior92/automatic-ecg-diagnosis
PUBLISHED_THRESHOLDS = {"1dAVb": 0.124, "RBBB": 0.07, "LBBB": 0.05, "SB": 0.278, "AF": 0.390, "ST": 0.174}


def code_thresholds(case_dir: Path) -> Mapping[str, object]:
    data = pd.read_csv(case_dir / "dnn_scores.csv", float_precision="round_trip")
    seeds = sorted({c.split("__")[0] for c in data.columns if c.startswith("seed")})
    findings = [c.removeprefix("gold__") for c in data.columns if c.startswith("gold__")]
    truth = data[[f"gold__{f}" for f in findings]].to_numpy()
    scores = {s: data[[f"{s}__{f}" for f in findings]].to_numpy() for s in seeds}
    micro = {s: average_precision(truth=truth.ravel(), score=scores[s].ravel()).value or 0.0 for s in seeds}
    middle = median(micro.values())
    chosen = min((s for s in seeds if micro[s] > middle), key=micro.__getitem__)  # immediately above the median
    answers: dict[str, object] = {f"micro_average_precision|{s}": v for s, v in micro.items()}
    answers["chosen_seed"] = int(chosen.removeprefix("seed"))
    calls = np.stack([scores[chosen][:, i] > PUBLISHED_THRESHOLDS[f] for i, f in enumerate(findings)], axis=1)
    for index, finding in enumerate(findings):
        best = best_f(truth=truth[:, index], score=scores[chosen][:, index])
        published = f_beta(truth=truth[:, index], call=calls[:, index])
        answers[f"n_positive_dnn|{finding}"] = int(calls[:, index].sum())
        answers[f"max_F1_on_test_{chosen}|{finding}"] = best.f.value
        answers[f"F1_at_published_threshold_{chosen}|{finding}"] = published.value
    annotations = pd.read_csv(
        case_dir.parent / "01a-code-test-scores" / "readings_wide.csv", float_precision="round_trip"
    )
    same = bool((annotations[[f"dnn__{f}" for f in findings]].to_numpy() == calls).all())
    answers["binary = score > threshold (strict) reproduces data/annotations/dnn.csv for all 827x6"] = same
    return answers


def ptb_xl(case_dir: Path) -> Mapping[str, object]:
    labels = pd.read_csv(case_dir / "test_labels.csv", float_precision="round_trip")
    truth, score = labels.to_numpy(), pd.read_csv(case_dir / "test_scores.csv", float_precision="round_trip").to_numpy()
    draws = {
        "": pd.read_csv(case_dir / "test_bootstrap_ids.csv", float_precision="round_trip").to_numpy(),
        "903cadc ids|": pd.read_csv(
            case_dir / "test_bootstrap_ids_903cadc.csv", float_precision="round_trip"
        ).to_numpy(),
    }
    weights = {k: weights_from_indices(index=v, n_cases=len(truth)) for k, v in draws.items()}
    constant = np.broadcast_to(truth.mean(axis=0), truth.shape)
    point = macro_auroc(truth=truth, score=score, weights=weights[""], method="percentile", level=0.9)
    wider = macro_auroc(truth=truth, score=score, weights=weights[""], method="percentile", level=0.95)
    # int(), as the authors' code has it, gives 06 from their own table; rounded, 0.0069 is the 07 in print
    half = round(1000 * max(point.high - point.value, point.value - point.low))
    answers: dict[str, object] = {
        "macro_auc|point": point.value,
        "macro_auc|bootstrap mean": macro_average(
            values=weighted_auroc(truth=truth, score=score, weights=weights[""])
        ).mean(),
        "macro_auc|lower (5th percentile)": point.low,
        "macro_auc|upper (95th percentile)": point.high,
        "macro_auc|quantile 0.025 of the same draws": wider.low,
        "macro_auc|quantile 0.975 of the same draws": wider.high,
        "leaderboard text: round(point,3)(int(1000*max half width))": f"{point.value:.3f}({half:02d})",
        "Fmax|point": fmax(truth=truth, score=score).value,
        "naive macro_auc": macro_auroc(truth=truth, score=constant).value,
        "naive Fmax": fmax(truth=truth, score=constant).value,
    }
    original = {"LAO_LAE": "LAO/LAE", "RAO_RAE": "RAO/RAE", "PRC_S": "PRC(S)"}  # / ( ) were replaced in the file
    for index, name in enumerate(labels.columns):
        answers[f"auc|{original.get(name, name)}"] = auroc(truth=truth[:, index], score=score[:, index]).value
    older = weights["903cadc ids|"]
    statistics = {
        "macro_auc": macro_average(values=weighted_auroc(truth=truth, score=score, weights=older)),
        "Fmax": weighted_fmax(truth=truth, score=score, weights=older),
    }
    for name, replicates in statistics.items():
        interval = interval_from_replicates(value=0.5, replicates=replicates, label=name, n=len(truth), level=0.9)
        answers |= {
            f"903cadc ids|{name}|mean": replicates.mean(),
            f"903cadc ids|{name}|lower": interval.low,
            f"903cadc ids|{name}|upper": interval.high,
        }
    return answers


def challenges(case_dir: Path) -> Mapping[str, object]:
    answers: dict[str, object] = {}
    for year in ("2020", "2021"):
        table = pd.read_csv(case_dir / f"weights_{year}.csv", index_col=0, float_precision="round_trip")
        codes = [set(str(c).split("|")) for c in table.columns]
        if year == "2020":  # the matrix has a row for each code; equivalent codes have equal rows
            joined = {c: set(g) for g in EQUIVALENT_2020 for c in g}
            codes = [joined.get(next(iter(c)), c) for c in codes]
        first = [i for i, c in enumerate(codes) if c not in codes[:i]]
        credit, classes = table.to_numpy()[np.ix_(first, first)], [codes[i] for i in first]
        for file in sorted(case_dir.glob("*.csv")):
            columns = pd.read_csv(file, nrows=0).columns
            if {"recording", "snomed", "label", "binary", "score"} <= set(columns):
                answers |= one_challenge(
                    f"{file.stem}|{year}",
                    pd.read_csv(file, dtype={"snomed": str}, float_precision="round_trip"),
                    classes,
                    credit,
                )
    return answers


def one_challenge(prefix: str, data: pd.DataFrame, classes: list[set[str]], credit: np.ndarray) -> dict[str, object]:
    wide = {v: data.pivot_table(index="recording", columns="snomed", values=v) for v in ("label", "binary", "score")}
    columns = list(wide["label"].columns)
    groups = [[columns.index(c) for c in sorted(k) if c in columns] for k in classes]
    truth = merge_classes(values=wide["label"].to_numpy(), groups=groups, how="any")
    call = merge_classes(values=wide["binary"].to_numpy(), groups=groups, how="any")
    score = merge_classes(values=wide["score"].to_numpy(), groups=groups, how="mean")
    once, by_labels = np.ones((1, len(truth))), label_count_weights(truth=truth)
    by_class = {
        "auroc": weighted_auroc(truth=truth, score=score, weights=once)[0],
        "auprc": weighted_average_precision(truth=truth, score=score, weights=once)[0],
        "f_measure": weighted_f_beta(truth=truth, call=call, weights=once)[0],
    }
    normal = next(i for i, k in enumerate(classes) if NORMAL_RHYTHM in k)
    answers: dict[str, object] = {
        f"{prefix}|accuracy": exact_match_accuracy(truth=truth, call=call).value,
        f"{prefix}|challenge_metric": challenge_score(truth=truth, call=call, credit=credit, normal=normal).value,
        f"{prefix}|f_beta": float(
            macro_average(values=weighted_f_beta(truth=truth, call=call, weights=by_labels, beta=2)[0])
        ),
        f"{prefix}|g_beta": float(
            macro_average(values=weighted_g_beta(truth=truth, call=call, weights=by_labels, beta=2)[0])
        ),
    }
    for name, values in by_class.items():
        answers[f"{prefix}|{name}"] = float(macro_average(values=values))
        for codes, value in zip(classes, values, strict=True):
            answers[f"{prefix}|{name}|{'|'.join(sorted(codes))}"] = None if np.isnan(value) else float(value)
    return answers


CASES = {
    "06-roc": own_roc,
    "06a-roc-delong-aSAH": subarachnoid,
    "01b-code-test-dnn-thresholds": code_thresholds,
    "02a-ptbxl-exp0-test-macro-auc": ptb_xl,
    "03a-challenge-metric": challenges,
}

_NO_CERTAINTY = (
    "an AUC of 1 has DeLong variance 0 and pROC prints the interval [1, 1]; we give Newcombe's interval, since one of "
    "no width would be read as certainty"
)
_CONSTANT = (
    "a constant that the authors wrote into their script; the data tell only the two neighbouring scores between which "
    "it lies, and everything computed from it is answered"
)
OUT_OF_SCOPE = {
    "06-roc": dict.fromkeys(("model_d_perfect|DeLong 95% CI low", "model_d_perfect|DeLong 90% CI low"), _NO_CERTAINTY),
    "01b-code-test-dnn-thresholds": {f"threshold|{finding}": _CONSTANT for finding in PUBLISHED_THRESHOLDS},
}
