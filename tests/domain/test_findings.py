"""The vocabulary: every entry is complete, every spelling belongs to one finding, parents exist."""

from collections import Counter

import pytest

from ecg_eval.domain.findings import (
    SCHEMES,
    URGENCIES,
    descendants,
    expand_findings,
    finding,
    label_sets,
    name_of,
    names_of,
    translate,
    vocabulary,
)
from ecg_eval.errors import ProblemsError, UnknownNameError


def test_entries_are_complete() -> None:
    for code, f in vocabulary().items():
        assert f.name_en, code
        assert f.name_fr, code
        assert f.urgency in URGENCIES, code
        assert set(f.parents) <= set(vocabulary()), code


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_spelling_means_one_finding(scheme: str) -> None:
    count = Counter(s for f in vocabulary().values() for s in f.spellings(scheme))
    assert not [s for s, n in count.items() if n > 1]


def test_label_sets_hold_known_findings() -> None:
    for name, codes in label_sets().items():
        assert codes, name
        assert set(codes) <= set(vocabulary()), name
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


def test_unknown_code_and_scheme() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'LBBB'"):
        finding("LBB")
    assert finding("AF").code == "AF"
    with pytest.raises(UnknownNameError, match="Did you mean 'scp'"):
        translate("AFIB", "spc")
