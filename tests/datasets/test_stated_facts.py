"""Every dataset says what it is: the report prints it, and other archives are named as their plug-ins are."""

import csv
from pathlib import Path

import numpy as np
import pytest

from ecg_eval.datasets.packed_array import PackedArray
from ecg_eval.datasets.wfdb_folder import WfdbFolder
from ecg_eval.domain.lineage import relatives
from ecg_eval.errors import ArgumentError
from ecg_eval.pipeline.plugins import load
from ecg_eval.pipeline.study.provenance import dataset_facts
from ecg_eval.registry import names
from ecg_eval.reports.words import Words

# archives that others contain, and that have no plug-in of their own here
WITHOUT_PLUGIN = {
    *("ptb", "incart", "cpsc2018", "cpsc_extra", "georgia"),
    *("edb", "sddb", "svdb", "nsrdb", "stdb", "ltdb"),  # PhysioNet's names of what the QT Database was made of
}
PHRASES = Path(__file__).parents[2] / "ecg_eval/reports/locales/phrases.fr.csv"
ACCESS = {"open", "credentialed", "simulated", "local"}


@pytest.mark.parametrize("name", names("datasets"))
def test_a_dataset_states_what_it_is(name: str) -> None:
    cls = load("datasets", name)
    unsaid = [key for key in cls._stated if not str(getattr(cls, key)).strip()]
    assert unsaid == []
    assert cls.access in ACCESS
    assert cls.url.startswith("https://") or cls.access == "local"


@pytest.mark.parametrize("name", names("datasets"))
def test_lineage_names_archives_as_their_plugins_are_named(name: str) -> None:
    cls = load("datasets", name)
    known = {*names("datasets"), *names("panels"), *WITHOUT_PLUGIN, "mimic_iv"}
    assert set(cls.lineage) <= known
    assert name not in cls.lineage
    assert len(set(cls.lineage)) == len(cls.lineage)


def test_ones_own_recordings_say_what_their_owner_says(tmp_path: Path) -> None:
    about = {"title": "Our clinic", "licence": "not public", "labelled_by": "two GPs", "lineage": ["ptb_xl"]}
    (tmp_path / "a.hea").write_text("a 1 500 10\n")
    facts = dataset_facts(WfdbFolder(tmp_path, about=about))
    assert (facts.title, facts.licence, facts.labelled_by) == ("Our clinic", "not public", "two GPs")
    assert facts.lineage == tuple(sorted({"ptb_xl", *relatives("ptb_xl")})), "who shares with it shares with its copies"
    assert facts.population == "as the user knows"
    with pytest.raises(ArgumentError, match="Did you mean 'licence'"):
        WfdbFolder(tmp_path, about={"license": "mine"})


def test_a_packed_array_says_the_unit_and_the_leads_that_were_declared(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((1, 10, 2)))
    (tmp_path / "x.csv").write_text("record_id\na\n")
    leads = ["II", "V1"]
    made = PackedArray(tmp_path / "x.npy", tmp_path / "x.csv", 100, "z-score", leads=leads, about={"lineage": "ptb_xl"})
    facts = dataset_facts(made)
    assert (facts.units, facts.lead_order, made.lineage) == ("z-score", "II, V1", ("ptb_xl",))


@pytest.mark.parametrize("name", names("datasets"))
def test_what_a_report_prints_of_a_dataset_is_known_in_french(name: str) -> None:
    cls = load("datasets", name)
    printed = [
        str(getattr(cls, key)) for key in ("size", "population", "devices", "lead_order", "units", "labelled_by")
    ]
    known = {row["en"] for row in csv.DictReader(PHRASES.read_text(encoding="utf-8").splitlines())}
    assert [text for text in printed if text not in known] == []


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "folder", "finding"),
    [
        *(("ludb", "ludb", "AF"), ("mitdb", "mitdb", "AF")),
        *(("challenge2021", "cinc2021/training", "AF"), ("challenge2021", "cinc2021/training", "RBBB")),
    ],
)
def test_how_labels_were_read_is_told_in_french(name: str, folder: str, finding: str, shared: Path) -> None:
    method = load("datasets", name)(shared / "data" / folder).labels([finding]).method
    told = Words("fr").phrase(method)
    assert told != method
    assert " or " not in told
