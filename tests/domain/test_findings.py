"""The vocabulary: entries are complete, a spelling belongs to one finding, parents exist, tasks are as published."""

import csv
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

from ecg_eval.domain.findings import (
    SCHEMES,
    URGENCIES,
    WORD_SCHEMES,
    descendants,
    equivalences,
    expand_findings,
    finding,
    label_sets,
    name_of,
    names_of,
    opened_by,
    spoken_in,
    translate,
    vocabulary,
    without_translation,
)
from ecg_eval.errors import ProblemsError, UnknownNameError


def rows(table: str) -> list[dict[str, str]]:
    text = files("ecg_eval.domain").joinpath("vocabulary", table).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_entries_are_complete() -> None:
    for code, f in vocabulary().items():
        assert f.name_en, code
        assert f.name_fr, code
        assert f.urgency in URGENCIES, code
        assert f.urgency_source, code
        assert {*f.parents, *f.leaves_open} <= set(vocabulary()), code
    assert len(rows("findings.csv")) == len(vocabulary())
    for language in ("en", "fr"):
        count = Counter(f.name(language) for f in vocabulary().values())
        assert not [name for name, n in count.items() if n > 1]


def test_no_finding_implies_itself() -> None:
    for code, f in vocabulary().items():
        assert not any(code != below and code in descendants(below) for below in descendants(code)), code
        assert not descendants(code) & set(f.leaves_open), code


def test_every_source_is_used_and_known() -> None:
    known = {row["source"] for row in rows("sources.csv")}
    assert {row["urgency_source"] for row in rows("findings.csv")} == known


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_spelling_means_one_finding(scheme: str) -> None:
    fold = (lambda s: " ".join(s.split()).casefold()) if scheme in WORD_SCHEMES else str
    count = Counter(fold(s) for f in vocabulary().values() for s in f.spellings(scheme))
    assert count
    assert not [s for s, n in count.items() if n > 1]
    assert not set(without_translation(scheme)) & set(count)
    assert spoken_in(scheme) == {code for code, f in vocabulary().items() if f.spellings(scheme)}


def test_further_spellings_name_known_findings_and_schemes() -> None:
    for row in rows("equivalences.csv") + rows("vendor_spellings.csv"):
        assert row["finding"] in vocabulary(), row
        assert row["relation"] in ("same", "narrower", "taken for"), row
        assert row["source"], row
        assert translate(row["spelling"], row["scheme"]) == row["finding"], row
    assert {row["scheme"] for row in rows("vendor_spellings.csv")} == {"ge_12sl_codes", *WORD_SCHEMES}


def test_vendor_words_are_matched_whole_after_folding() -> None:
    assert translate("LEFT  anterior fascicular\nblock", "ge_12sl") == "LAFB"
    assert translate("- ABNORMAL ECG -", "philips_dxl") == "ABN"
    assert translate("Left anterior fascicular block, probably", "ge_12sl") is None
    assert translate("Otherwise normal ECG", "ge_12sl") is None
    assert translate("clbbb", "scp") is None


def test_label_sets_hold_known_findings() -> None:
    for name, codes in label_sets().items():
        assert codes, name
        assert set(codes) <= set(vocabulary()), name
        assert len(set(codes)) == len(codes), name
        assert name not in vocabulary(), name
    wanted = {"NORM", "AF", "LBBB", "RBBB", "1AVB", "SBRAD", "STACH", "IMI", "AMI", "LVH"}
    assert wanted <= set(label_sets()["gp_core"])


def test_expansion_keeps_order_and_names_what_is_unknown() -> None:
    assert expand_findings(["code", "AF"]) == ("1AVB", "RBBB", "LBBB", "SBRAD", "AF", "STACH")
    with pytest.raises(ProblemsError, match="Did you mean 'gp_core'"):
        expand_findings(["gp_cor"])


def test_descendants_and_names() -> None:
    assert {"MI", "IMI", "AMI"} <= descendants("MI")
    assert name_of("AF", "fr") == "Fibrillation atriale"
    assert name_of("own code") == "own code"
    assert names_of(["AF", "NORM"]) == "Atrial fibrillation, Normal ECG"


def test_what_a_broader_finding_leaves_open() -> None:
    assert {"LBBB", "RBBB", "IRBBB"} <= opened_by("BBB")
    assert {"IMI", "ILMI", "LMI"} <= opened_by("OLD_MI")
    assert not opened_by("LVOLT")


def test_unknown_code_and_scheme() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'LBBB'"):
        finding("LBB")
    assert finding("AF").code == "AF"
    with pytest.raises(UnknownNameError, match="Did you mean 'scp'"):
        translate("AFIB", "spc")
    with pytest.raises(UnknownNameError, match="Did you mean 'challenge2021'"):
        equivalences("challenge2020")


@pytest.fixture
def statements(shared: Path) -> pd.DataFrame:
    return pd.read_csv(shared / "data/ptb-xl/scp_statements.csv", index_col=0, dtype="string")


@pytest.mark.shared_data
def test_ptb_xl_tasks_are_the_published_ones(statements: pd.DataFrame) -> None:
    """All 71 statements, 44 diagnostic, 23 subclasses, 5 superclasses, 19 form, 12 rhythm (Strodthoff et al. 2021)."""
    sets = label_sets()
    code = {s: translate(s, "scp") for s in statements.index}
    assert len(set(code.values()) - {None}) == 71
    assert sets["ptb_xl_all"] == tuple(code.values())
    for task, n in (("diagnostic", 44), ("form", 19), ("rhythm", 12)):
        assert sets[f"ptb_xl_{task}"] == tuple(code[s] for s in statements.index[statements[task] == "1.0"])
        assert len(sets[f"ptb_xl_{task}"]) == n
    assert sets["ptb_xl_superclass"] == sets["superclasses"]
    for task, column, n in (("subclass", "diagnostic_subclass", 23), ("superclass", "diagnostic_class", 5)):
        ours = {frozenset(descendants(c) & set(code.values())) for c in sets[f"ptb_xl_{task}"]}
        theirs = {frozenset(code[s] for s in group) for group in statements.groupby(column).groups.values()}
        assert ours == theirs
        assert len(sets[f"ptb_xl_{task}"]) == len(ours) == n


@pytest.mark.shared_data
@pytest.mark.parametrize(("scheme", "column"), [("aha", "AHA code"), ("aecg", "aECG REFID"), ("dicom", "DICOM Code")])
def test_other_codes_are_those_of_the_archive_s_own_table(statements: pd.DataFrame, scheme: str, column: str) -> None:
    """A bare statement (IMI_ONLY) has its SCP spelling alone: elsewhere the same words mean the broader finding."""
    for statement, cell in statements[column].dropna().items():
        code = translate(str(statement), "scp")
        assert code is not None
        for spelling in cell.removesuffix(".0").split(" or "):
            own = finding(code).parents[0] if code.endswith("_ONLY") else code
            assert translate(spelling, scheme) == own, (statement, spelling)


@pytest.mark.shared_data
def test_the_challenge_s_scored_set(shared: Path) -> None:
    folder = shared / "data/cinc2021"
    scored = pd.read_csv(folder / "dx_mapping_scored.csv", dtype="string")["SNOMEDCTCode"]
    classes = pd.read_csv(folder / "weights.csv", index_col=0).columns
    codes = {snomed: translate(snomed, "snomed_ct") for snomed in scored}
    assert None not in codes.values()
    assert len(codes) == 30
    assert len(label_sets()["challenge2021"]) == len(classes) == 26
    assert set(codes.values()) == set(label_sets()["challenge2021"])
    # every column of the scoring matrix is one finding, and no finding is two columns
    assert len({frozenset(codes[s] for s in column.split("|")) for column in classes}) == 26
    joined = {s for column in classes if "|" in column for s in column.split("|")}
    declared = {e.spelling for e in equivalences("challenge2021")}
    assert declared < joined
    assert len(joined) == 2 * len(declared)


@pytest.mark.shared_data
def test_every_column_of_a_real_model_s_file_translates(shared: Path) -> None:
    head = pd.read_csv(shared / "data/ptb-xl-readings/xresnet1d101_all71_fold9_probs.csv", nrows=0).columns
    codes = [translate(column, "scp") for column in head if column != "ecg_id"]
    assert set(codes) == set(label_sets()["ptb_xl_all"])


# dx_mapping_unscored.csv of physionetchallenges/evaluation-2021, 103 codes
UNSCORED = (
    *(
        233892002,
        164951009,
        251187003,
        61277005,
        426664006,
        251139008,
        57054005,
        413444003,
        426434006,
        54329005,
        251173003,
        195080001,
    ),
    *(
        195126007,
        251268003,
        106068003,
        713422000,
        233917008,
        50799005,
        29320008,
        251166008,
        233897008,
        251170000,
        418818005,
        74615001,
    ),
    *(
        426749004,
        251199005,
        61721007,
        698247007,
        27885002,
        204384007,
        53741008,
        413844008,
        251198002,
        82226007,
        428417006,
        13640000,
    ),
    *(
        164942001,
        84114007,
        368009,
        251259000,
        251200008,
        195042002,
        426183003,
        425419005,
        251120003,
        704997005,
        49260003,
        426995002,
    ),
    *(
        251164006,
        426648003,
        253352002,
        67741000119109,
        446813000,
        425623009,
        445211001,
        164873001,
        55827005,
        370365005,
        164865005,
    ),
    *(
        164861001,
        54016002,
        428750005,
        164867002,
        282825002,
        251205003,
        67198005,
        425856008,
        164912004,
        253339007,
        164921003,
        446358003,
    ),
    *(
        67751000119106,
        314208002,
        89792004,
        17366009,
        65778007,
        5609005,
        60423000,
        49578007,
        77867006,
        55930002,
        429622005,
        164931005,
    ),
    *(
        164930006,
        251168009,
        426761007,
        266257000,
        251223006,
        164937009,
        11157007,
        164884008,
        75532003,
        81898007,
        164896001,
        111288001,
    ),
    *(266249003, 195060002, 251266004, 251182009, 164895002, 251180001, 195101003, 74390002),
)


def test_unscored_diagnoses_translate_or_are_listed_with_a_reason() -> None:
    assert len(UNSCORED) == 103
    left = {str(code) for code in UNSCORED if translate(str(code), "snomed_ct") is None}
    assert left == set(without_translation("snomed_ct"))
    assert all(without_translation("snomed_ct").values())


def test_every_aha_statement_translates_or_is_listed_with_a_reason() -> None:
    """The primary (117) and secondary (28) statements of Mason et al., Circulation 2007;115:1325, tables 1 and 2."""
    primary = [*range(1, 5), *range(10, 17), *range(20, 28), *range(30, 43), *range(50, 57), *range(60, 67)]
    primary += [*range(70, 77), *range(80, 90), *range(100, 103), *range(104, 112), *range(120, 126), 128, 131]
    primary += [*range(140, 156), *range(160, 164), 165, 166, 173, 174, *range(180, 191)]
    secondary = [*range(200, 216), *range(220, 232)]
    left = {str(code) for code in primary + secondary if translate(str(code), "aha") is None}
    assert left == set(without_translation("aha"))
    # the convenience statements, and the modifiers that PTB-XL's table uses for LOWT and INVT
    more = {s for f in vocabulary().values() for s in f.spellings("aha")} - {str(c) for c in primary + secondary}
    assert more == {"366", "367", "500", "501", "502", "503"}


def test_the_statements_of_12sl_translate_or_are_listed_with_a_reason() -> None:
    """The 150 statements of the vendor's program that ECGFounder (Li et al., NEJM AI 2025) was taught."""
    of_list = [row for row in rows("vendor_spellings.csv") if "150 tasks" in row["source"]]
    left_of_list = [row for row in rows("without_translation.csv") if "150 tasks" in row["source"]]
    assert len(of_list) + len(left_of_list) == 150
