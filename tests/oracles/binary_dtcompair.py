"""How the kernels for two calls against one truth answer the output of R's DTComPair."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ecg_eval.stats.diagnostic import accuracy_comparison as comparison
from ecg_eval.stats.diagnostic import rates as measures
from ecg_eval.stats.diagnostic.predictive_value_comparison import predictive_value_test, relative_predictive_values
from ecg_eval.stats.estimate import Estimate
from oracles.binary_files import Answers, Column, columns, expected_names
from oracles.binary_paired import DIFFERENCES, LIKELIHOOD, SINGLE


def paired_diagnostic_tests(case_dir: Path) -> Answers:
    data = {name: values.astype(float) for name, values in columns(case_dir / "Paired1.csv").items()}
    truth, tests = data["d"], {"1": data["y1"], "2": data["y2"]}
    answers = dict(_dtcompair(truth, tests["1"], tests["2"]))
    for name in expected_names(case_dir):
        if name.endswith("|alpha"):
            answers[name] = 1 - measures.sensitivity(truth=truth, call=tests["1"]).level
    return answers | _readme(answers)


def _dtcompair(truth: Column, one: Column, two: Column) -> Iterator[tuple[str, object]]:
    singles = {"sensitivity": "sensitivity", "specificity": "specificity", "ppv": "PPV", "npv": "NPV"}
    estimates: dict[str, list[Estimate]] = {}
    for short, name in singles.items():
        estimates[short] = [SINGLE[name](truth=truth, call=call, method="wald") for call in (one, two)]
        for test, e in zip(("Test1", "Test2"), estimates[short], strict=True):
            for key, value in zip(("est", "se", "lcl", "ucl"), (e.value, e.standard_error, e.low, e.high), strict=True):
                yield f"acc|{test}|{short}|{key}", value
    for short, name in (("pdlr", "LR+"), ("ndlr", "LR-")):
        for test, call in (("Test1", one), ("Test2", two)):
            e = LIKELIHOOD[name](truth=truth, call=call, method="log")
            values = (e.value, e.standard_error, e.low, e.high)
            for key, value in zip(("est", "se.ln", "lcl", "ucl"), values, strict=True):
                yield f"acc|{test}|{short}|{key}", value
    yield from _dtcompair_two(truth, one, two, estimates)


def _dtcompair_two(
    truth: Column, one: Column, two: Column, estimates: dict[str, list[Estimate]]
) -> Iterator[tuple[str, object]]:
    both = {"truth": truth, "first": two, "second": one}  # the program's contrasts are test 2 against test 1
    for short in ("sensitivity", "specificity"):
        yield from _dtcompair_accuracy(short, estimates[short], both)
    fpf = comparison.compare_accuracy(**both, rate="false_positive_rate", contrast="ratio", method="log")
    yield from _dtcompair_ratio("tpffpf|fpf", "fpf", fpf)
    yield from _dtcompair_ratio(
        "tpffpf|tpf", "tpf", comparison.compare_accuracy(**both, rate="sensitivity", contrast="ratio", method="log")
    )
    relative = relative_predictive_values(**both)
    for short, kind, ratio in (("ppv", "positive", relative.positive), ("npv", "negative", relative.negative)):
        rows = [("gs", "generalized_score"), ("wgs", "weighted_generalized_score"), ("rpv", None)]
        for prefix, method in rows:
            yield f"{prefix}|{short}|test1", estimates[short][0].value
            yield f"{prefix}|{short}|test2", estimates[short][1].value
            if method is not None:
                e = predictive_value_test(**both, kind=kind, method=method)
                yield f"{prefix}|{short}|diff", e.value
                yield f"{prefix}|{short}|test.statistic", e.statistic
                yield f"{prefix}|{short}|p.value", e.p_value
        quantity = f"r{short}"
        yield f"rpv|{short}|{quantity}", ratio.value
        yield f"rpv|{short}|se.log.{quantity}", ratio.standard_error
        yield f"rpv|{short}|lcl.{quantity}", ratio.low
        yield f"rpv|{short}|ucl.{quantity}", ratio.high
        yield f"rpv|{short}|test.statistic", ratio.statistic
        yield f"rpv|{short}|p.value", ratio.p_value
    for i, value in enumerate(relative.covariance.ravel(), 1):
        yield f"rpv|Sigma|v{i}", float(value)
    joint = comparison.joint_accuracy_test(**both)
    yield "gen_mcnemar|test.statistic", joint.statistic
    yield "gen_mcnemar|p.value", joint.p_value
    for short, kind in (("pdlr", "positive"), ("ndlr", "negative")):
        # this regression alone is test 1 against test 2
        e = comparison.relative_likelihood_ratio(truth=truth, first=one, second=two, kind=kind)
        values = {"ratio": e.value, "se.log": e.standard_error, "test.statistic": e.statistic, "p.value": e.p_value}
        for key, value in (values | {"lcl": e.low, "ucl": e.high}).items():
            yield f"dlr|{short}|{key}", value


def _dtcompair_accuracy(short: str, estimates: list[Estimate], both: dict[str, Column]) -> Iterator[tuple[str, object]]:
    compare = partial(comparison.compare_accuracy, rate=short)
    test = partial(comparison.accuracy_test, rate=short)
    intervals = {words.lower(): method for words, method in DIFFERENCES.items()}
    for prefix in ("mcnemar", "exact", "rel", *(f"diffci_{words}" for words in intervals)):
        yield f"{prefix}|{short}|test1", estimates[0].value
        yield f"{prefix}|{short}|test2", estimates[1].value
        yield f"{prefix}|{short}|diff", compare(**both).value
    chi = test(**both, method="asymptotic")
    yield f"mcnemar|{short}|test.statistic", chi.statistic
    yield f"mcnemar|{short}|p.value", chi.p_value
    yield f"exact|{short}|p.value", test(**both, method="exact").p_value
    for words, method in intervals.items():
        e = compare(**both, method=method)
        yield f"diffci_{words}|{short}|diff.lcl", e.low
        yield f"diffci_{words}|{short}|diff.ucl", e.high
        yield f"diffci_{words}|{short}|diff.se", e.standard_error
    relative = compare(**both, contrast="ratio", method="log")
    yield from _dtcompair_ratio(f"rel|{short}", {"sensitivity": "sens", "specificity": "spec"}[short], relative)


def _dtcompair_ratio(prefix: str, short: str, e: Estimate) -> Iterator[tuple[str, object]]:
    values = {
        "rel": e.value,
        "se.log.rel": e.standard_error,
        "lcl.rel": e.low,
        "ucl.rel": e.high,
        "pval.rel": e.p_value,
    }
    for key, value in values.items():
        yield f"{prefix}|{key}.{short}", value


def _readme(answers: Answers) -> Answers:
    """Give the values that the program's README prints again."""
    short = {"sens": "sensitivity", "spec": "specificity", "ppv": "ppv", "npv": "npv", "pdlr": "pdlr", "ndlr": "ndlr"}
    keys = {"": "est", " SE": "se", " low": "lcl", " high": "ucl"}
    again = {
        f"readme|{name} test{i}{words}": answers[f"acc|Test{i}|{long}|{key}"]
        for name, long in short.items()
        for i in (1, 2)
        for words, key in keys.items()
        if f"acc|Test{i}|{long}|{key}" in answers
    }
    for name in ("ppv", "npv"):
        again[f"readme|wgs {name} statistic"] = answers[f"wgs|{name}|test.statistic"]
        again[f"readme|wgs {name} p"] = answers[f"wgs|{name}|p.value"]
    return again


CASES = {"07e-paired-diagnostic-tests-dtcompair": paired_diagnostic_tests}
