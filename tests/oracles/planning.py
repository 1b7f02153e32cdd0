"""Planning and mixed models: our answers to the sample-size cases and to the GLMM values of the clustered ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from json import loads
from pathlib import Path

import numpy as np
import pandas as pd

from ecg_eval.stats.mixed.comparison import likelihood_ratio_test
from ecg_eval.stats.mixed.model import logistic_mixed_model
from ecg_eval.stats.mixed.result import MixedFit
from ecg_eval.stats.mrmc.dbm import dorfman_berbaum_metz
from ecg_eval.stats.mrmc.obuchowski_rockette import obuchowski_rockette
from ecg_eval.stats.mrmc.or_result import ObuchowskiRockette
from ecg_eval.stats.roc.area import auroc
from ecg_eval.stats.sample_size.mrmc import mrmc_power, mrmc_required_cases
from ecg_eval.stats.sample_size.mrmc_components import MrmcComponents
from ecg_eval.stats.sample_size.mrmc_design import MrmcDesign
from ecg_eval.stats.sample_size.plan import Plan
from ecg_eval.stats.sample_size.planning_components import ReaderPlanningValues, planned_components
from ecg_eval.stats.sample_size.planning_values import mrmc_planned_cases
from ecg_eval.stats.sample_size.proportions import accuracy_cases
from ecg_eval.stats.sample_size.roc import roc_detectable_auc, roc_power, roc_required_alpha, roc_required_cases
from ecg_eval.stats.sample_size.roc_pair import roc_pair_power, roc_pair_required_cases
from ecg_eval.stats.sample_size.roc_pair_pilot import roc_pair_of_pilot
from ecg_eval.stats.sample_size.standalone import standalone_required_cases

Named = dict[str, object]

MAX_CASES = 2000  # RJafroc looks no further


def _names(case_dir: Path) -> Iterator[list[str]]:
    """Give the parts of every expected name: they say which parameters are asked for."""
    for entry in loads((case_dir / "expected.json").read_text(encoding="utf-8"))["expected"]:
        yield entry["name"].split("|")


def _number(text: str) -> float:
    """Return the one number in a text such as 'effect 0.05' or '8 GPs'."""
    (found,) = re.findall(r"-?\d+(?:\.\d+)?", text)
    return float(found)


def _answer(out: Named, *parts: str, **values: object) -> None:
    """File values under the name that the parts make."""
    out.update({"|".join((*parts, name)): value for name, value in values.items()})


# ------------------------------------------------------------------ readers x cases, from a pilot


def _pilot(table: pd.DataFrame, **columns: str) -> tuple[ObuchowskiRockette, MrmcComponents, dict[str, np.ndarray]]:
    reads = {argument: table[column].to_numpy() for argument, column in columns.items()}
    result = obuchowski_rockette(**reads)
    n_cases = len(np.unique(reads["case"]))
    return result, MrmcComponents.from_analysis(result=result, n_cases=n_cases), reads


def own_sample_size(case_dir: Path) -> Named:
    """Answer the planning questions from the simulated pilot and from planning values."""
    result, components, _ = _pilot(
        pd.read_csv(case_dir / "pilot.csv", float_precision="round_trip"),
        **{"reader": "reader_id", "modality": "modality", "case": "ecg_id", "truth": "truth", "score": "score"},
    )
    out: Named = {}
    for name, value in _own_components(result).items():
        out[f"pilot|OR jackknife|{name}"] = value
    for parts in _names(case_dir):
        match parts:
            case ["power", analysis, readers, cases, effect, _]:
                design = MrmcDesign(effect=_number(effect), analysis=analysis)
                plan = mrmc_power(
                    components=components,
                    n_readers=int(_number(readers)),
                    n_cases=int(_number(cases)),
                    design=design,
                )
                test = {"power": plan.power, "noncentrality": plan.noncentrality, "df2": plan.df_denominator}
                _answer(out, "power", analysis, readers, cases, effect, **test)
            case [asked, analysis, readers, effect, *_] if asked.startswith("ECGs for"):
                design = MrmcDesign(effect=_number(effect), analysis=analysis)
                plan = mrmc_required_cases(
                    components=components,
                    n_readers=int(_number(readers)),
                    design=design,
                    power=_number(asked) / 100,
                    max_cases=MAX_CASES,
                )
                name = f"{asked}|{analysis}|{readers}|{effect}"
                out |= {name: plan.n_total, f"{name}|achieved power": plan.power}
            case ["one ROC", question]:
                out[f"one ROC|{question}"] = _one_roc(question)
            case ["MRMC from planning values", given, _]:
                out |= {f"MRMC from planning values|{given}|{k}": v for k, v in _own_planned(given).items()}
            case ["stand-alone", given, _]:
                out |= {f"stand-alone|{given}|{k}": v for k, v in _own_standalone(given).items()}
            case ["precision", given, _]:
                out[f"precision|{given}|total ECGs"] = _own_precision(given)
    return out


def _own_components(result: ObuchowskiRockette) -> Named:
    parts = result.components
    assert parts.covariances is not None
    return {
        "VarR": parts.reader,
        "VarTR": parts.modality_reader,
        "Cov1": parts.covariances.cov1,
        "Cov2": parts.covariances.cov2,
        "Cov3": parts.covariances.cov3,
        "Var": parts.covariances.error_variance,
    }


def _one_roc(question: str) -> object:
    """Answer one question about a single curve; pROC leaves its sizes unrounded."""
    numbers = [float(x) for x in re.findall(r"\d+(?:\.\d+)?", question)]
    if question.startswith("power"):
        auc, positive, negative = numbers
        return roc_power(auc=auc, n_positive=int(positive), n_negative=int(negative)).power
    if question.startswith("smallest AUC"):
        power, positive, negative = numbers
        return roc_detectable_auc(n_positive=int(positive), n_negative=int(negative), power=power / 100).effect
    power, auc, ratio = numbers
    return roc_required_cases(auc=auc, power=power / 100, controls_per_case=ratio).n_positive_exact


MEASURES = {"AUC": "auc", "auc": "auc", "sensitivity": "proportion", "se": "proportion", "Se": "proportion"}


def _own_planned(given: str) -> Named:
    measure, difference, readers, between, within, ratio, same = given.split(", ")
    values = ReaderPlanningValues(
        expected=_number(measure),
        effect=_number(difference),
        inter_reader_range=_number(between),
        intra_reader_range=_number(within),
        variance=MEASURES[measure.split()[0]],
        controls_per_case=_number(ratio),
        r1=_number(same.removeprefix("r1")),
    )
    plan = mrmc_planned_cases(values=values, n_readers=int(_number(readers)))
    return {
        **_planned_components(values, plan),
        "cases": plan.n_positive,
        "controls": plan.n_negative,
        "total": plan.n_total,
    }


def _planned_components(values: ReaderPlanningValues, plan: Plan) -> Named:
    """Name the components at the size that the plan needs before rounding, as MRMCsamplesize prints them."""
    assert plan.n_readers is not None
    assert plan.n_positive_exact is not None
    parts = planned_components(values=values, n_readers=plan.n_readers, n_positive=plan.n_positive_exact)
    return {
        "varTR": parts.test_reader,
        "varE": parts.error,
        "varR": parts.reader,
        "varW": parts.within_reader,
        "Cov1": parts.cov1,
        "r1": values.r1,
        "Cov2": parts.cov2,
        "r2": values.r2,
        "Cov3": parts.cov3,
        "r3": values.r3,
    }


def _own_standalone(given: str) -> Named:
    measure, precision, ratio = given.split(", ")
    plan = standalone_required_cases(
        expected=_number(measure),
        half_width=_number(precision),
        variance=MEASURES[measure.split()[0]],
        controls_per_case=_number(ratio),
    )
    return {"cases": plan.n_positive, "controls": plan.n_negative, "total": plan.n_total}


def _own_precision(given: str) -> object:
    measure, prevalence = given.split(", ")
    word, expected, _, half_width = measure.split()
    return accuracy_cases(
        measure=word, expected=float(expected), half_width=float(half_width), prevalence=_number(prevalence)
    ).n_total


def _rjafroc(plan: Plan, analysis: str) -> Named:
    """Name a power as RJafroc does: powerRRRC, ncpRRRC, df2RRRC, and fRRRC or chsqFRRC."""
    critical = "chsq" if plan.df_denominator is None else "f"
    return {
        f"power{analysis}": plan.power,
        f"ncp{analysis}": plan.noncentrality,
        f"df2{analysis}": plan.df_denominator,
        f"{critical}{analysis}": plan.critical_value,
    }


class _Planner:
    """Powers and sizes from one pilot."""

    def __init__(self, result: ObuchowskiRockette, components: MrmcComponents) -> None:
        self.components = components
        observed = result.differences[0].estimate.value
        assert observed is not None
        self.observed = observed

    def size(self, n_readers: int, effect: float, analysis: str = "RRRC") -> Plan:
        design = MrmcDesign(effect=effect, analysis=analysis)
        return mrmc_required_cases(components=self.components, n_readers=n_readers, design=design, max_cases=MAX_CASES)

    def power(
        self, n_readers: int, n_cases: int, effect: float, analysis: str = "RRRC", method: str = "hillis_2011"
    ) -> Plan:
        design = MrmcDesign(effect=effect, analysis=analysis, method=method)
        return mrmc_power(components=self.components, n_readers=n_readers, n_cases=n_cases, design=design)


def vandyke_sample_size(case_dir: Path) -> Named:
    """Answer RJafroc's planning from the Van Dyke pilot."""
    table = pd.read_csv(case_dir / "VanDyke.csv", float_precision="round_trip")
    columns = {"reader": "reader", "modality": "treatment", "case": "case", "truth": "truth", "score": "rating"}
    result, components, reads = _pilot(table, **columns)
    planner = _Planner(result, components)
    out: Named = {"dataset02.K": components.n_cases}
    for name, value in _own_components(result).items():
        out[f"dataset02.var|Estimates|{name}"] = value
    for name in ("cov1", "cov2", "cov3"):
        out[f"dataset02.var|Rhos|{name.capitalize()}"] = result.components.correlation(name)
    for name, value in dorfman_berbaum_metz(**reads).components.items():
        out[f"dataset02.varDBM|Estimates|Var{'Err' if name == 'error' else name}"] = value
    for parts in _names(case_dir):
        out |= _vandyke_plan(parts, planner)
    return out


def _vandyke_plan(parts: list[str], planner: _Planner) -> Named:
    """Answer one expected name of RJafroc's planning functions."""
    out: Named = {}
    match parts:
        case ["dataset02", "power", analysis, j, k, effect, _]:
            plan = planner.power(int(j), int(k), float(effect.removeprefix("es")), analysis)
            _answer(out, *parts[:-1], **_rjafroc(plan, analysis))
        case ["dataset02", "K", analysis, j, effect, _]:
            plan = planner.size(int(j), float(effect.removeprefix("es")), analysis)
            _answer(out, *parts[:-1], **{f"K{analysis}": plan.n_total, f"power{analysis}": plan.power})
        case ["dataset02.table", readers, _]:
            plan = planner.size(int(_number(readers)), planner.observed)
            _answer(out, *parts[:-1], K=plan.n_total, power=plan.power)
        case ["test", question]:
            out[f"test|{question}"] = _package_test(question, planner)
        case [head, _] if found := re.fullmatch(r"dataset02\.obs\.J(\d+)", head):
            plan = planner.size(int(found[1]), planner.observed)
            _answer(out, head, KRRRC=plan.n_total, powerRRRC=plan.power)
        case [head, _] if found := re.fullmatch(r"dataset02\.DBMHB2004\.J(\d+)\.K(\d+)", head):
            plan = planner.power(int(found[1]), int(found[2]), 0.05, method="hillis_berbaum_2004")
            _answer(out, head, **_rjafroc(plan, "RRRC"))
        case [head, _] if found := re.fullmatch(r"t\.dataset02\.J(\d+)\.K(\d+)(?:\.(\w+))?", head):
            analysis = found[3] or "RRRC"
            plan = planner.power(int(found[1]), int(found[2]), planner.observed, analysis)
            _answer(out, head, **_rjafroc(plan, analysis))
    return out


def _package_test(question: str, planner: _Planner) -> object:
    """Answer a constant of RJafroc's own tests: a power at J and K, or the K for a J."""
    readers = int(_number(re.findall(r"J=\d+", question)[0]))
    if cases := re.search(r"K=(\d+)", question):
        effect = re.search(r"effect (-?[\d.]+)", question)
        analysis = re.findall(r"RRRC|FRRC|RRFC", question)[0]
        value = float(effect[1]) if effect else planner.observed
        return planner.power(readers, int(cases[1]), value, analysis).power
    plan = planner.size(readers, planner.observed)
    return plan.power if question.endswith("power") else plan.n_total


# ------------------------------------------------------------------ ROC curves and planning values


def one_and_two_rocs(case_dir: Path) -> Named:
    """Answer the examples of pROC's power.roc.test."""
    table = pd.read_csv(case_dir / "aSAH.csv", float_precision="round_trip")
    poor = (table["gos6"] <= 3 if "outcome" not in table else table["outcome"] == "Poor").to_numpy()
    scores = {name: table[name].to_numpy(float) for name in ("ndka", "wfns")}
    cases = {"n_positive": int(poor.sum()), "n_negative": int((~poor).sum())}
    one = {
        "one_41_72_.73": roc_power(auc=0.73, **cases),
        "one_power.95_kappa1.7_.73": roc_required_cases(auc=0.73, power=0.95, controls_per_case=1.7),
        "one_min_auc": roc_detectable_auc(power=0.95, **cases),
        "one_sig": roc_required_alpha(auc=0.73, power=0.95, **cases),
    }
    out: Named = {}
    for name, plan in one.items():
        _answer(out, "power", name, **_proc_sizes(plan), auc=plan.effect, sig=plan.alpha, power=plan.power)
    pairs = {
        name: roc_pair_of_pilot(truth=poor, first=scores["ndka"], second=scores["wfns"], variance=variance)
        for name, variance in (("delong", "delong"), ("obuchowski", "binormal_proc"))
    }
    areas = {f"auc{k}": auroc(truth=poor, score=score).value for k, score in enumerate(scores.values(), start=1)}
    two = {
        "two_obs": roc_pair_power(pair=pairs["delong"], n_positive=cases["n_positive"]),
        "two_power.9": roc_pair_required_cases(pair=pairs["delong"], power=0.9),
        "two_power.9_obuchowski": roc_pair_required_cases(pair=pairs["obuchowski"], power=0.9),
    }
    for name, plan in two.items():
        _answer(out, "power", name, **_proc_sizes(plan), **areas, sig=plan.alpha, power=plan.power)
    return out


def _proc_sizes(plan: Plan) -> Named:
    """Give sizes as pROC prints them: unrounded where they were solved for."""
    solved = plan.n_positive_exact is not None
    return {
        "ncases": plan.n_positive_exact if solved else plan.n_positive,
        "ncontrols": plan.n_negative_exact if solved else plan.n_negative,
    }


def planning_value_examples(case_dir: Path) -> Named:
    """Answer the examples of MRMCsamplesize, whose arguments are in inputs.csv."""
    out: Named = {}
    for row in pd.read_csv(case_dir / "inputs.csv", float_precision="round_trip").to_dict("records"):
        measure = row["endpoint"].split()[0]
        clustered = {}
        if row["corr"] is True or row["corr"] == "True":
            clustered = {"units_per_case": row["s"], "icc": row["ICC"]}
        if np.isnan(row["J"]):
            plan = standalone_required_cases(
                expected=row["theta"],
                half_width=row["precision"],
                variance=MEASURES[measure],
                controls_per_case=row["R"],
                **clustered,
            )
            results = f"{row['id']}|SampleSizeResults"
        else:
            values = ReaderPlanningValues(
                expected=row["theta"],
                effect=row["delta"],
                inter_reader_range=row["rangeb"],
                intra_reader_range=row["rangew"],
                variance=MEASURES[measure],
                controls_per_case=row["R"],
                r1=row["r1"],
            )
            plan = mrmc_planned_cases(values=values, n_readers=int(row["J"]), **clustered)
            results = f"{row['id']}|ORSampleSizeResults"
            _answer(out, f"{row['id']}|varComponents", **_planned_components(values, plan))
            out[f"{results}|J"] = plan.n_readers
        sizes = {"nUnits_i": plan.n_independent, "nControls": plan.n_negative, "nTotal": plan.n_total}
        _answer(out, results, **sizes, power=plan.power, alpha=plan.alpha)
        if clustered:
            _answer(out, results, nCases_c=plan.n_positive, DE=plan.design_effect, s=row["s"])
    return out


# ------------------------------------------------------------------ logistic mixed models


def _arms(table: pd.DataFrame, column: str, second: object) -> dict[str, np.ndarray]:
    """Give the fixed effects: an intercept, and whether a reading is in the second arm."""
    return {"intercept": np.ones(len(table)), "second arm": (table[column] == second).to_numpy(float)}


def own_mixed(case_dir: Path) -> Named:
    """Answer the crossed readings: one or both groupings, Laplace and quadrature."""
    table = pd.read_csv(case_dir / "crossed.csv", float_precision="round_trip")
    fixed = _arms(table, "modality", "aided")
    readers, both = {"GP": table["reader_id"]}, {"GP": table["reader_id"], "ECG": table["ecg_id"]}
    outcome = table["correct"]
    crossed = logistic_mixed_model(outcome=outcome, fixed=fixed, groups=both)
    models = {
        "GLMM (1|GP) + (1|ECG), Laplace": crossed,
        "GLMM (1|GP), Laplace": logistic_mixed_model(outcome=outcome, fixed=fixed, groups=readers),
    }
    asked = "\n".join("|".join(parts) for parts in _names(case_dir))
    for points in sorted({int(found) for found in re.findall(r"(\d+) point quadrature", asked)}):
        model = logistic_mixed_model(outcome=outcome, fixed=fixed, groups=readers, quadrature_points=points)
        models[f"GLMM (1|GP), {points} point quadrature"] = model
    out: Named = {}
    for name, model in models.items():
        intercept, aided, ratio = model.fixed["intercept"], model.fixed["second arm"], model.odds_ratio("second arm")
        out |= {
            f"crossed|{name}|{quantity}": value
            for quantity, value in {
                "intercept": intercept.value,
                "intercept SE": intercept.standard_error,
                "log odds ratio aided": aided.value,
                "log odds ratio SE": aided.standard_error,
                "z": aided.statistic,
                "p": aided.p_value,
                "odds ratio": ratio.value,
                "odds ratio CI low": ratio.low,
                "odds ratio CI high": ratio.high,
                "log likelihood": model.log_likelihood,
                **{f"SD {grouping}": sd.value for grouping, sd in model.standard_deviations.items()},
            }.items()
        }
    without = logistic_mixed_model(outcome=outcome, fixed={"intercept": fixed["intercept"]}, groups=both)
    test = likelihood_ratio_test(full=crossed, reduced=without)
    return out | {
        "crossed|likelihood ratio test of aided|chi2": test.statistic,
        "crossed|likelihood ratio test of aided|df": test.df,
        "crossed|likelihood ratio test of aided|p": test.p_value,
    }


def classic_mixed(case_dir: Path) -> Named:
    """Answer the herds of cattle (trials by period) and the crossed Van Dyke readings."""
    table = pd.read_csv(case_dir / "cbpp.csv", float_precision="round_trip")
    periods = sorted(table["period"].unique())
    fixed = {"(Intercept)": np.ones(len(table))}
    fixed |= {f"period{p}": (table["period"] == p).to_numpy(float) for p in periods[1:]}
    herds = logistic_mixed_model(
        outcome=table["incidence"], trials=table["size"], fixed=fixed, groups={"herd": table["herd"]}
    )
    out: Named = {f"cbpp|coef|{name}": e.value for name, e in herds.fixed.items()}
    out |= {f"cbpp|se|{name}": e.standard_error for name, e in herds.fixed.items()}
    out |= {f"cbpp|sd_{name}": e.value for name, e in herds.standard_deviations.items()}
    out |= {"cbpp|aic": herds.aic, "cbpp|loglik": herds.log_likelihood}
    reads = pd.read_csv(case_dir / "VanDyke_ok.csv", float_precision="round_trip")
    for measure, truth in (("sens", 1), ("spec", 0)):
        part = reads[reads["truth"] == truth]
        groups = {"reader": part["reader"], "case": part["case"]}
        model = logistic_mixed_model(outcome=part["ok"], fixed=_arms(part, "treatment", 2), groups=groups)
        _answer(out, f"VanDyke {measure}|glmer (1|reader)+(1|case)", **_glmer(model))
    return out


def _glmer(model: MixedFit) -> Mapping[str, object]:
    """Name a fit of two arms as the case does."""
    intercept, second = model.fixed["intercept"], model.fixed["second arm"]
    return {
        "intercept": intercept.value,
        "intercept_se": intercept.standard_error,
        "tr2": second.value,
        "tr2_se": second.standard_error,
        "z": second.statistic,
        "p": second.p_value,
        "loglik": model.log_likelihood,
        **{f"sd_{name}": sd.value for name, sd in model.standard_deviations.items()},
    }


CASES = {
    "11-sample-size": own_sample_size,
    "08a-mrmc-sample-size-vandyke": vandyke_sample_size,
    "08c-roc-power-single-reader": one_and_two_rocs,
    "08d-mrmc-sample-size-no-pilot": planning_value_examples,
}
PARTS = {"09-proportions-clustered": own_mixed, "07g-clustered-gee-glmm-classic": classic_mixed}
OUT_OF_SCOPE: dict[str, dict[str, str]] = {}
