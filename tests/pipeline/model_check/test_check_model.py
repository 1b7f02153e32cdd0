"""Models that may be used and models that may not are told apart, each for its own reason."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from commands import status_of
from outside_networks import exported
from toys import unfit
from toys.toy_study import ToyArchive

from ecg_eval.domain.contracts import Model
from ecg_eval.errors import ConfigError
from ecg_eval.pipeline.apart.processes import Allowed
from ecg_eval.pipeline.model_check import questions
from ecg_eval.pipeline.model_check.check_model import Trial, check_models
from ecg_eval.pipeline.model_check.questions import Checked, Examiner

TOYS = Path(__file__).parents[2] / "toys"
Call = Callable[..., int]


def checked(model: Model, seconds: float = 60) -> dict[str, Checked]:
    archive = ToyArchive()
    recordings = tuple(archive.load(f"t{i:02d}") for i in (7, 12, 15))
    allowed = Allowed(seconds=seconds)
    examiner = Examiner(label="m", model=model, findings=("AF",), recordings=recordings, allowed=allowed)
    return {c.what: c for c in examiner.examine()}


def test_a_sound_model_is_found_sound_and_what_it_does_with_odd_input_is_said() -> None:
    seen = checked(unfit.Sound())
    assert {c.verdict for c in seen.values()} == {"ok"}
    assert "no answer" in seen["flat line"].words
    assert "refused, for that recording alone" in seen["other unit"].words
    assert "answered, scores change by" in seen["arms exchanged"].words
    assert "answered" in seen["one lead"].words
    assert "ms of processor time" in seen["time and memory"].words


@pytest.mark.parametrize(
    ("model", "what", "odd", "said"),
    [
        (unfit.Unseeded, "asked again", "", "Seed what it draws"),
        (unfit.NormsOverTheBatch, "one by one", "", "its own recording alone"),
        (unfit.ReadsIds, "other ids", "", "It reads ids"),
        (unfit.ByPosition, "order of leads", "", "Take leads by name"),
        (unfit.SpoilsItsInput, "its input", "", "changes the samples"),
        (unfit.BlindToMissing, "all samples missing", "all samples missing", "in [0, 1]"),
        (unfit.BlindToLong, "long", "long", "within 1 s"),
        (unfit.Mute, "answers", "", "no score for any"),
    ],
)
def test_a_model_that_may_not_be_used_is_told_why(
    model: type[Model], what: str, odd: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "ODD", {odd: questions.ODD[odd]} if odd else {})
    seen = checked(model(), seconds=1 if odd == "long" else 60)
    assert seen[what].verdict == "wrong"
    assert said in seen[what].words


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.syspath_prepend(str(TOYS))
    monkeypatch.syspath_prepend(str(TOYS.parent))
    monkeypatch.chdir(tmp_path)

    def check(models: list[object], *words: str) -> int:
        config = yaml.safe_load((TOYS / "toy.yaml").read_text()) | {"models": models}
        Path("toy.yaml").write_text(yaml.safe_dump(config))
        return status_of("check-model", "toy.yaml", "--records", "2", *words)

    return check


def test_the_command_ends_with_what_may_be_used(call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exported(tmp_path / "net.pt2")
    takes = {"sampling_rate_hz": 100, "duration_s": 2}
    network = {"name": "torch_export", "path": "net.pt2", "outputs": ["AF", None], "activation": "sigmoid"}
    assert call([{**network, "input": takes, "trained_on": []}], "--json") == 0
    answer = json.loads(capsys.readouterr().out)[0]
    assert answer["may_be_used"]
    assert answer["needs"] == "12 leads in mV at 100 Hz, 2 s"
    assert {"made", "made anew", "order of leads", "flat line"} <= {c["what"] for c in answer["checked"]}
    assert (
        call(["toys.unfit:DrawnWhenMade", "toys.harmful:DiesWhenMade", {"name": "onnx_file", "path": "no.onnx"}]) == 1
    )
    said = capsys.readouterr().out
    assert "made anew" in said
    assert "scores differ by" in said
    assert "DiesWhenMade must not be used: 1 of 1 checks went wrong." in said
    assert "onnx_file must not be used" in said


def test_a_model_that_learns_is_taught_first(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["prevalence"], "--lessons", "4") == 0
    said = capsys.readouterr().out
    assert "taught on 4 of the training recordings" in said
    assert "looks at no signal" in said
    assert call([], "--json") == 2
    assert call(["prevalence"], "--model", "prevalense") == 2
    assert "Did you mean 'prevalence'" in capsys.readouterr().err


def test_one_recording_is_too_few(call: Call, tmp_path: Path) -> None:
    call(["prevalence"])
    with pytest.raises(ConfigError, match="2 or more"):
        check_models(tmp_path / "toy.yaml", trial=Trial(n_records=1))
