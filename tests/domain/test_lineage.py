"""Which archives share recordings, as their pages list, and what learning means for what is read."""

import pandas as pd
import pytest

from ecg_eval import registry
from ecg_eval.domain.lineage import ARCHIVES, Dependence, archive_name, dependence, relatives, trainings
from ecg_eval.domain.reading import readers_table
from ecg_eval.errors import ConfigError, ProblemsError, UnknownNameError
from ecg_eval.pipeline.plugins import load, make


@pytest.mark.parametrize("name", ARCHIVES)
def test_sharing_is_symmetric_and_every_archive_has_a_title(name: str) -> None:
    title, groups = ARCHIVES[name]
    assert title
    assert groups
    assert name not in relatives(name)
    assert all(name in relatives(other) for other in relatives(name))


@pytest.mark.parametrize("name", [n for n in registry.names("datasets") if ":" not in n])
def test_what_a_dataset_states_is_known_and_agrees(name: str) -> None:
    stated = set(load("datasets", name).lineage)
    assert stated <= set(ARCHIVES)
    assert stated <= relatives(name)


def test_the_challenge_holds_its_collections_and_they_not_one_another() -> None:
    # https://physionet.org/content/challenge-2021/: CPSC, CPSC-Extra, INCART, PTB, PTB-XL, Georgia, Chapman, Ningbo
    collections = {"cpsc2018", "cpsc_extra", "incart", "ptb", "ptb_xl", "georgia", "chapman_shaoxing", "ningbo"}
    assert collections <= relatives("challenge2021")
    assert not (collections - {"ptb_xl"}) & relatives("ptb_xl")
    assert relatives("ptb_xl") == {"ptb_xl_plus", "challenge2020", "challenge2021", "challenge2025"}
    assert "ningbo" not in relatives("challenge2020"), "came with 2021"
    assert "code_test" not in relatives("code15")


def test_excerpts_share_with_their_source_but_not_with_each_other() -> None:
    # NSTDB is made of records 118 and 119, of which QTDB has neither
    assert relatives("mitdb") == {"qtdb", "nstdb"}
    assert "nstdb" not in relatives("qtdb")


def test_a_copy_of_ones_own_has_the_relatives_of_what_it_states() -> None:
    assert relatives("packed_array", ["PTB-XL"]) == {"ptb_xl", *relatives("ptb_xl")}
    # of a collection it may hold another part than a relative does
    assert relatives("packed_array", ["challenge2021"]) == {"challenge2021"}
    assert relatives("packed_array", ["my hospital"]) == {"my hospital"}
    assert relatives("packed_array") == frozenset()


def test_names_are_known_by_any_spelling_and_near_misses_are_refused() -> None:
    assert [archive_name(x) for x in ("PTB-XL", "ptb_xl+", "Challenge 2021")] == [
        *("ptb_xl", "ptb_xl_plus", "challenge2021")
    ]
    with pytest.raises(UnknownNameError, match="Did you mean 'ptb_xl'"):
        archive_name("ptb_xll")


@pytest.mark.parametrize("said", ["ptb_xl folds x", "ptb_xl folds 1-", "ptb_xl folds 1,,2"])
def test_folds_are_numbers(said: str) -> None:
    with pytest.raises((ConfigError, UnknownNameError)):
        trainings(said)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, Dependence("not_stated")),
        ("nothing", Dependence("independent")),
        ("georgia; my hospital", Dependence("independent")),
        ("ptb_xl", Dependence("same_archive", ("ptb_xl",))),
        ("ptb_xl folds 1-8", Dependence("other_folds", ("ptb_xl",))),
        ("ptb_xl folds 8-9", Dependence("same_folds", ("ptb_xl",))),
        ("georgia; challenge2021", Dependence("relative", ("challenge2021",))),
        # other folds of this archive are no comfort where a relative holds them all
        ("ptb_xl folds 1-8; challenge2021", Dependence("relative", ("challenge2021",))),
    ],
)
def test_what_a_reader_learnt_from_beside_what_it_reads(said: str | None, expected: Dependence) -> None:
    assert dependence(said, dataset="ptb_xl", related=relatives("ptb_xl"), folds_read=[9, 10]) == expected


def test_stated_folds_say_nothing_where_no_fold_is_read() -> None:
    found = dependence("ptb_xl folds 1-8", dataset="ptb_xl", related=())
    assert found == Dependence("same_archive", ("ptb_xl",))


def test_a_readers_table_takes_the_statement_as_text_or_list() -> None:
    frame = pd.DataFrame(
        {
            "reader_id": ["a", "b", "c", "d"],
            "kind": "model",
            "trained_on": [["ptb_xl folds 1-8", "georgia"], [], "challenge2021", None],
        }
    )
    said = readers_table(frame)["trained_on"]
    assert said.iloc[:3].tolist() == ["ptb_xl folds 1-8; georgia", "nothing", "challenge2021"]
    assert said.isna().iloc[3]
    with pytest.raises(ProblemsError, match=r"trained_on \(row 2\)"):
        readers_table(frame.assign(trained_on="ptb_xll"))


def test_ones_own_copy_states_its_lineage() -> None:
    made = make("datasets", "wfdb_folder", {"root": ".", "about": {"lineage": ["PTB-XL"]}})
    assert made.lineage == ("ptb_xl",)
    packed = {"signals": "x.npy", "manifest": "x.csv", "sampling_rate_hz": 100, "units": "mV"}
    with pytest.raises(UnknownNameError, match="Did you mean 'ludb'"):
        make("datasets", "packed_array", packed | {"about": {"lineage": "ludbb"}})


def test_a_part_of_a_collection_shares_what_that_part_shares() -> None:
    georgia = make("datasets", "challenge2021", {"root": ".", "collections": ["Georgia"]})
    assert georgia.related() == {"georgia", "challenge2020"}
    both = make("datasets", "challenge2021", {"root": ".", "collections": ["PTB-XL", "Ningbo"]})
    assert "ptb_xl_plus" in both.related()
    assert "georgia" not in both.related()
    whole = make("datasets", "challenge2021", {"root": "."})
    assert {"georgia", "ptb_xl"} <= whole.related()
    found = dependence("ptb_xl", dataset=georgia.name, related=georgia.related())
    assert found == Dependence("independent")
