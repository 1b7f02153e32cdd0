"""No public function changes what it is given: not a frame, not its index, not a configuration, not an array."""

import ast
import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ecg_eval
from ecg_eval import registry
from ecg_eval.config.load import make_config
from ecg_eval.domain.study import ReaderStudy
from ecg_eval.pipeline.plugins import make

PACKAGE = Path(ecg_eval.__file__).parent
# methods that change the object that they are called on, of lists, dicts, sets, arrays and frames
IN_PLACE = {
    *("append", "extend", "insert", "remove", "clear", "update", "setdefault", "reverse", "sort", "pop"),
    *("fill", "resize", "put", "setflags", "add", "discard"),
}


def readings(index: str | None) -> pd.DataFrame:
    rows = [
        (f"r{i:02d}", reader, finding, "present" if (i + len(reader)) % 3 else "absent")
        for i in range(24)
        for reader in ("gp1", "gp2", "model")
        for finding in ("AF", "LBBB")
    ]
    frame = pd.DataFrame(rows, columns=["record_id", "reader_id", "finding", "reading"])
    return frame if index is None else frame.set_index(index)


def truth(index: str | None) -> pd.DataFrame:
    ids = [f"r{i:02d}" for i in range(24)]
    frame = pd.DataFrame({"record_id": ids, "AF": [1, 0] * 12, "LBBB": [0, 0, 1] * 8}).astype({"record_id": object})
    return frame if index is None else frame.set_index(index)


def records(index: str | None) -> pd.DataFrame:
    ids = [f"r{i:02d}" for i in range(24)]
    frame = pd.DataFrame({"record_id": ids, "patient_id": [i // 2 for i in range(24)], "sex": ["F", "M"] * 12})
    return frame if index is None else frame.set_index(index)


def same(one: object, other: object) -> None:
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_index_type=True, check_column_type=True)
    else:
        assert one == other


KINDS = {"gp1": "gp", "gp2": "gp", "model": "model"}
MADE_BY_HAND: dict[str, Callable[[], dict[str, object]]] = {
    "truth by column": lambda: {"reference": truth(None), "readers": dict(KINDS)},
    "truth by index": lambda: {"reference": truth("record_id"), "readers": dict(KINDS)},
    "records by column": lambda: {"reference": truth(None), "readers": dict(KINDS), "records": records(None)},
    "records by index": lambda: {
        "reference": truth("record_id"),
        "readers": dict(KINDS),
        "records": records("record_id"),
    },
    "readers in a frame": lambda: {
        "reference": {"name": "majority", "kinds": ["gp"]},
        "readers": pd.DataFrame({"reader_id": list(KINDS), "kind": list(KINDS.values())}),
    },
    "metrics made before": lambda: {
        "reference": truth(None),
        "readers": dict(KINDS),
        "metrics": ["sensitivity", make("metrics", "specificity")],
    },
}


@pytest.mark.parametrize("how", MADE_BY_HAND)
def test_evaluate_and_what_it_gives_leave_their_arguments_alone(how: str) -> None:
    frame, arguments = readings(None), MADE_BY_HAND[how]()
    frame_before, before = frame.copy(deep=True), copy.deepcopy(arguments)
    analysis = ecg_eval.evaluate(frame, resamples=20, **{"metrics": ["sensitivity", "cohen_kappa"], **arguments})  # type: ignore[arg-type]
    estimates, given = analysis.frame.copy(deep=True), analysis.study.readings.copy(deep=True)
    analysis.figures()
    analysis.report()
    same(frame, frame_before)
    for name, value in arguments.items():
        if name == "metrics":
            assert [vars(m) for m in value if not isinstance(m, str)] == [  # type: ignore[attr-defined]
                vars(m)
                for m in before[name]  # type: ignore[attr-defined]
                if not isinstance(m, str)
            ]
        else:
            same(value, before[name])
    same(analysis.frame, estimates)
    same(analysis.study.readings, given)


def test_a_run_and_what_is_made_of_it_leave_their_arguments_alone(tmp_path: Path) -> None:
    config = make_config(
        {
            "name": "toy",
            "dataset": {"name": "simulated", "n_records": 60, "seed": 2},
            "findings": ["AF"],
            "models": ["prevalence"],
            "split": {"train": [1, 2, 3], "threshold": [4, 5], "test": [6, 7, 8, 9, 10]},
            "metrics": ["sensitivity"],
            "tracking": {"enabled": False},
            "intervals": {"resamples": 100},
            "out": str(tmp_path / "run"),
        }
    )
    before = config.model_dump()
    ecg_eval.run(config)
    assert config.model_dump() == before
    folders, metrics = [tmp_path / "run"], ["sensitivity"]
    ecg_eval.compare_runs(folders, metrics=metrics)
    assert (folders, metrics) == ([tmp_path / "run"], ["sensitivity"])
    evaluation = ecg_eval.Evaluation(ecg_eval.open_run(tmp_path / "run").frame)
    frame = evaluation.frame.copy(deep=True)
    evaluation.and_rows([])
    evaluation.select(metric="sensitivity")
    evaluation.to_csv()
    evaluation.to_json()
    same(evaluation.frame, frame)


def test_metrics_do_not_write_into_a_study(make_study: Callable[..., ReaderStudy]) -> None:
    study = make_study()
    assert study.weights is not None
    study.weights.setflags(write=False)
    before = {name: getattr(study, name).copy(deep=True) for name in ("records", "readers", "readings")}
    table, weights = study.reference.table.copy(deep=True), study.weights.copy()
    for name in registry.names("metrics"):
        metric = make("metrics", name)
        list(metric.rows(study, level=0.95))
    for name, frame in before.items():
        same(getattr(study, name), frame)
    same(study.reference.table, table)
    np.testing.assert_array_equal(study.weights, weights)


def _public(tree: ast.Module) -> list[ast.FunctionDef]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]


def _changed(function: ast.FunctionDef) -> list[str]:
    """Return the statements that change a parameter in place."""
    arguments = function.args
    parameters = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)} - {"self", "cls"}
    found = []
    for node in ast.walk(function):
        target: ast.expr | None = None
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            target = node.value
            while isinstance(target, ast.Subscript | ast.Attribute):
                target = target.value
        elif isinstance(node, ast.AugAssign):
            target = node.target
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in IN_PLACE:
            target = node.func.value
        if isinstance(target, ast.Name) and target.id in parameters:
            found.append(f"{function.name}: {ast.unparse(node)}")
    return found


def test_no_public_function_of_the_package_writes_into_a_parameter() -> None:
    """Rooms with an underscore are nobody's face; what stands in any other may be called from outside."""
    found = [
        f"{path.relative_to(PACKAGE)}: {change}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if not any(part.startswith("_") for part in path.relative_to(PACKAGE).parts)
        for function in _public(ast.parse(path.read_text(encoding="utf-8")))
        for change in _changed(function)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(x):\n    x[0] = 1", ["f: x[0]"]),
        ("def f(x):\n    x.index.name = 'a'", ["f: x.index.name"]),
        ("def f(x, *, y):\n    y += 1", ["f: y += 1"]),
        ("def f(x):\n    x.a.b[0] = 1", ["f: x.a.b[0]"]),
        ("def f(x):\n    x.append(1)", ["f: x.append(1)"]),
        ("def f(x):\n    del x['a']", ["f: x['a']"]),
        ("def f(x):\n    y = dict(x)\n    y['a'] = 1", []),
    ],
)
def test_the_search_for_such_writes_finds_them(source: str, found: list[str]) -> None:
    assert [change for function in _public(ast.parse(source)) for change in _changed(function)] == found
