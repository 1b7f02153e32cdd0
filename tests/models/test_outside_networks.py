"""Networks that learnt elsewhere, each through a real file of its kind, a real server, a real command."""

import sys
import threading
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from made_cohort import cohort, handed_over
from outside_networks import (
    TAKES,
    WEIGHTS,
    Server,
    exported,
    handed,
    onnx_network,
    recording,
    right,
    scripted,
    torch_network,
)

from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.errors import ConfigError, EcgEvalError, InputFileError, PluginError, ReadingsError
from ecg_eval.models._parts import asking
from ecg_eval.models._parts.beat_table import beat_table
from ecg_eval.models._parts.network_input import NetworkInput, batches
from ecg_eval.models.container import Container
from ecg_eval.models.http_endpoint import HttpEndpoint
from ecg_eval.models.onnx_file import OnnxFile
from ecg_eval.models.predictions_file import PredictionsFile
from ecg_eval.models.sklearn_skops import FEATURE_NAMES, SklearnSkops
from ecg_eval.models.torch_export import TorchExport

# ---- the input


def test_a_recording_is_brought_to_the_networks_input() -> None:
    taken = NetworkInput.of(TAKES | {"leads": ["DII", "v1"], "units": "uV"}, who="net")
    r = recording()
    np.testing.assert_allclose(taken.windows(r, who="net")[0], 1000 * r.select(("II", "V1")).T, rtol=1e-6)
    assert taken.shape == (2, 200)
    assert taken.words == "2 leads in uV at 100 Hz, 2 s"
    samples_first = NetworkInput.of(TAKES | {"layout": "samples_first"}, who="net")
    np.testing.assert_array_equal(samples_first.windows(r, who="net")[0], r.signal)
    fast = recording(rate=500)
    assert NetworkInput.of(TAKES, who="net").windows(fast, who="net").shape == (1, 12, 200)


def test_long_and_short_recordings() -> None:
    long, short = recording(seconds=5), recording(seconds=1)
    taken = {kind: NetworkInput.of(TAKES | {"long": kind}, who="net") for kind in ("windows", "middle", "first")}
    windows = taken["windows"].windows(long, who="net").transpose(0, 2, 1)
    assert len(windows) == 3
    for window, start in zip(windows, (0, 200, 300), strict=True):  # the last one ends with the recording
        np.testing.assert_array_equal(window, long.signal[start : start + 200])
    np.testing.assert_array_equal(taken["middle"].windows(long, who="net")[0].T, long.signal[150:350])
    np.testing.assert_array_equal(taken["first"].windows(long, who="net")[0].T, long.signal[:200])
    padded = taken["first"].windows(short, who="net")[0].T
    np.testing.assert_array_equal(padded[:100], short.signal)
    assert not padded[100:].any()
    for refusing, r in (("long", long), ("short", short)):
        with pytest.raises(EcgEvalError, match="refuses other lengths"):
            NetworkInput.of(TAKES | {refusing: "refuse"}, who="net").windows(r, who="net")


def test_normalisations() -> None:
    r = recording()

    def of(**changes: Any) -> np.ndarray:
        return NetworkInput.of(TAKES | changes, who="net").windows(r, who="net")[0].T

    np.testing.assert_allclose(of(normalisation="z_score_lead").std(axis=0), 1, rtol=1e-5)
    assert of(normalisation="z_score_recording").std() == pytest.approx(1, rel=1e-5)
    assert np.abs(of(normalisation="largest_lead")).max(axis=0) == pytest.approx(np.ones(12))
    np.testing.assert_allclose(of(mean=1, sd=list(range(1, 13))), (r.signal - 1) / np.arange(1, 13), rtol=1e-5)
    flat = recording(signal=np.zeros((200, 12), dtype=np.float32))
    for name in ("z_score_lead", "z_score_recording", "largest_lead"):
        window = NetworkInput.of(TAKES | {"normalisation": name}, who="net").windows(flat, who="net")
        assert not window.any()


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"rate": 100}, "a fact of the input"),
        ({"sampling_rate_hz": 0}, "a positive number"),
        ({"duration_s": "ten"}, "a positive number"),
        ({"normalisation": "zscore"}, "one of none, z_score_lead"),
        ({"units": "V"}, "one of mV, uV, any"),
        ({"sd": 0}, "one number, or 12"),
        ({"mean": [1, 2]}, "one number, or 12"),
    ],
)
def test_an_input_that_cannot_be_is_refused(changes: dict[str, Any], match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        NetworkInput.of(TAKES | changes, who="net")


def test_what_cannot_be_read_is_counted_and_the_others_go_on() -> None:
    strange = recording("bb", leads=(*STANDARD_LEADS[:11], "V9"))
    other_unit = recording("ccc", units="z-score")
    reasons: Counter[str] = Counter()
    parts = batches(
        handed(recording(), strange, other_unit, recording("dddd")),
        NetworkInput.of(TAKES, who="net"),
        who="net",
        size=1,
        reasons=reasons,
    )
    assert [list(rows) for rows, _ in parts] == [[0], [3]]
    assert reasons == {"lead V6 is not present exactly once": 1, "units is not 'mV'": 1}


def test_outputs_are_named_by_the_vocabularys_codes_or_by_a_scheme(tmp_path: Path) -> None:
    path = exported(tmp_path / "n.pt2")

    def named(outputs: list[str], **spelling: str) -> tuple[str | None, ...]:
        return TorchExport(path, outputs=outputs, input=TAKES, trained_on=[], **spelling).outputs

    assert named(["MI", "SBRAD"]) == ("MI", "SBRAD")  # neither has a spelling in CODE, whose scheme is called "code"
    assert named(["1dAVb", "AF"], spelling="code") == ("1AVB", "AF")
    with pytest.raises(ConfigError, match="codes of findings"):
        named(["1dAVb", "AF"])
    (tmp_path / "p.csv").write_text("record_id,MI,SBRAD\na,0.5,0.25\n")
    scores = PredictionsFile(tmp_path / "p.csv", trained_on=[]).scores(handed(recording("a")), ["SBRAD", "MI"])
    np.testing.assert_array_equal(scores, [[0.25, 0.5]])


# ---- files of networks


@pytest.mark.parametrize(
    ("cls", "make", "name", "activation"),
    [
        (OnnxFile, onnx_network, "net.onnx", "none"),
        (TorchExport, exported, "net.pt2", "sigmoid"),
        (TorchExport, scripted, "net.pt", "sigmoid"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_network_of_a_file_answers(
    tmp_path: Path, cls: Callable[..., Any], make: Callable[[Path], Path], name: str, activation: str
) -> None:
    path = make(tmp_path / name)
    model = cls(
        path, outputs=["AF", None], input=TAKES, activation=activation, trained_on=["ptb_xl folds 1-8"], batch=2
    )
    several = [recording(), recording("bb", units="z-score"), recording("ccc"), recording("dddd", seconds=4)]
    answers = model.scores(handed(*several), ["LBBB", "AF"])
    assert np.isnan(answers[:, 0]).all()
    assert np.isnan(answers[1, 1])
    for row in (0, 2):
        assert answers[row, 1] == pytest.approx(right(several[row])[0], rel=1e-5)
    halves = [recording("dddd", signal=several[3].signal[a : a + 200]) for a in (0, 200)]
    assert answers[3, 1] == pytest.approx(np.mean([right(h)[0] for h in halves]), rel=1e-5)
    assert model.trained_on == ("ptb_xl folds 1-8",)
    assert model.card().counts["not_read"] == {"units is not 'mV'": 1}
    assert model.needs == "12 leads in mV at 100 Hz, 2 s"
    too_few = cls(path, outputs=["AF"], input=TAKES, trained_on=[])
    with pytest.raises(PluginError, match="one column for each of `outputs`"):
        too_few.scores(handed(recording()), ["AF"])


def test_what_a_network_is_said_to_be_is_checked(tmp_path: Path) -> None:
    path = onnx_network(tmp_path / "net.onnx")
    with pytest.raises(ConfigError, match="codes of findings"):
        OnnxFile(path, outputs=["atrial thing"], input=TAKES, trained_on=[])
    with pytest.raises(ConfigError, match="one of none, sigmoid, softmax"):
        OnnxFile(path, outputs=["AF"], input=TAKES, trained_on=[], activation="tanh")
    with pytest.raises(InputFileError, match="must be a file"):
        OnnxFile(tmp_path / "other.onnx", outputs=["AF"], input=TAKES, trained_on=[])
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(InputFileError, match="ONNX Runtime can run"):
        OnnxFile(tmp_path / "broken.onnx", outputs=["AF"], input=TAKES, trained_on=[])


def test_softmax() -> None:
    from ecg_eval.models._parts.outside_network import ACTIVATIONS

    np.testing.assert_allclose(ACTIVATIONS["softmax"](np.array([[0.0, np.log(3)]])), [[0.25, 0.75]])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nothing_is_unpickled(tmp_path: Path) -> None:
    import torch

    facts: dict[str, Any] = {"outputs": ["AF", None], "input": TAKES, "trained_on": []}
    torch.save(torch_network().state_dict(), tmp_path / "weights.pt")
    with pytest.raises(InputFileError, match=r"torch\.export or TorchScript"):
        TorchExport(tmp_path / "weights.pt", **facts)
    (tmp_path / "text.pt").write_text("no network")
    with pytest.raises(InputFileError, match="can open"):
        TorchExport(tmp_path / "text.pt", **facts)
    whole = exported(tmp_path / "net.pt2")
    for change, match in (
        (lambda text: text.replace('"use_pickle": false', '"use_pickle": true'), "pickled weights"),
        (lambda text: text.replace('"expr_str": "', '"expr_str": "__import__(\'os\') + '), "free of code in its sizes"),
    ):
        with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "bad.pt2", "w") as new:
            for item in old.infolist():
                content = old.read(item)
                new.writestr(item, change(content.decode()) if item.filename.endswith(".json") else content)
        with pytest.raises(InputFileError, match=match):
            TorchExport(tmp_path / "bad.pt2", **facts)


def test_an_estimator_of_scikit_learn(tmp_path: Path) -> None:
    import skops.io
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.preprocessing import FunctionTransformer

    recordings, labels = cohort(40)
    handed_in = handed_over(recordings)
    x = beat_table(handed_in, who="test").values
    assert x.shape[1] == len(FEATURE_NAMES)
    y = labels.iloc[:, 0].to_numpy(dtype=int)
    code = str(labels.columns[0])
    one = HistGradientBoostingClassifier(max_iter=5, min_samples_leaf=3).fit(x, y)
    skops.io.dump(one, tmp_path / "one.skops")
    trusted = skops.io.get_untrusted_types(file=tmp_path / "one.skops")
    model = SklearnSkops(tmp_path / "one.skops", outputs=[code], trained_on=[], trusted=trusted)
    answers = model.scores(handed_in, [code, "LBBB" if code != "LBBB" else "AF"])
    np.testing.assert_allclose(answers[:, 0], one.predict_proba(x)[:, 1])
    assert np.isnan(answers[:, 1]).all()
    flat = np.stack([r.signal[:200].T.ravel() for r in (recording(str(i) * (i + 1)) for i in range(8))])
    both = RandomForestClassifier(3, random_state=1).fit(flat, np.array([[0, 1], [1, 0]] * 4))
    skops.io.dump(both, tmp_path / "both.skops")
    on_samples = SklearnSkops(
        tmp_path / "both.skops",
        outputs=["AF", "LBBB"],
        input=TAKES,
        features="samples",
        trained_on=[],
        trusted=skops.io.get_untrusted_types(file=tmp_path / "both.skops"),
    )
    assert on_samples.scores(handed(recording("1" * 2)), ["LBBB"]).shape == (1, 1)
    assert on_samples.card().facts["estimator"] == "RandomForestClassifier"
    skops.io.dump(FunctionTransformer(), tmp_path / "no.skops")
    with pytest.raises(InputFileError, match="predict_proba"):
        SklearnSkops(tmp_path / "no.skops", outputs=["AF"], trained_on=[])
    (tmp_path / "pickle.skops").write_bytes(b"cos\nsystem\n")
    with pytest.raises(InputFileError, match=r"skops\.io\.dump"):
        SklearnSkops(tmp_path / "pickle.skops", outputs=["AF"], trained_on=[])
    with pytest.raises(ConfigError, match="features must be one of"):
        SklearnSkops(tmp_path / "one.skops", outputs=["AF"], trained_on=[], features="beats")
    with pytest.raises(ConfigError, match="given where features are samples"):
        SklearnSkops(tmp_path / "one.skops", outputs=["AF"], trained_on=[], features="samples")


def test_types_that_nobody_trusts_are_not_made(tmp_path: Path) -> None:
    import skops.io

    class Mine:
        def predict_proba(self, x: Any) -> Any:
            return x

    Mine.__qualname__ = "Mine"
    globals()["Mine"] = Mine
    skops.io.dump(Mine(), tmp_path / "mine.skops")
    with pytest.raises(InputFileError, match="made of trusted types"):
        SklearnSkops(tmp_path / "mine.skops", outputs=["AF"], trained_on=[])


# ---- an address


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(asking.time, "sleep", slept.append)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return slept


def endpoint(server: Server, **changes: Any) -> HttpEndpoint:
    facts: dict[str, Any] = {"outputs": ["AF", "LBBB"], "input": TAKES, "trained_on": [], "batch": 2}
    return HttpEndpoint(server.url, **(facts | changes))


def ours(body: dict[str, Any]) -> dict[str, Any]:
    signals = np.array(body["signals"])
    return {"scores": (1 / (1 + np.exp(-signals.mean(axis=2) @ WEIGHTS))).tolist()}


def test_an_address_answers(waits: list[float]) -> None:
    several = [recording("a" * i) for i in (1, 2, 3)]
    with Server(503, ours) as server:
        server.headers["Retry-After"] = "7"
        answers = endpoint(server).scores(handed(*several), ["LBBB", "AF"])
        np.testing.assert_allclose(answers, [right(r)[::-1] for r in several], rtol=1e-5)
        assert waits == [7.0]
        assert server.asked[0]["findings"] == ["AF", "LBBB"]
        assert server.asked[0]["leads"] == list(STANDARD_LEADS)
    with Server(lambda body: {"predictions": [[0.5, None]] * len(body["inputs"])}) as server:
        answers = endpoint(server, protocol="mlflow").scores(handed(*several), ["AF", "LBBB"])
        np.testing.assert_array_equal(answers, [[0.5, np.nan]] * 3)


@pytest.mark.parametrize(
    ("answer", "reason", "n_asked"),
    [
        (404, "the server answered 404", 1),
        (500, "the server answered 500", 3),
        (429, "the server answered 429", 3),
        (lambda body: b"<html>", "the answer is no JSON with a table under 'scores'", 3),
        (lambda body: {"scores": [[0.1, "high"]]}, "the answer is no JSON with a table under 'scores'", 3),
        (lambda body: {"scores": [[0.1]]}, "the answer has shape (1, 1) where (1, 2) was asked for", 3),
        (lambda body: None, "the connection failed (ConnectionError)", 3),
    ],
)
def test_what_is_not_answered_is_missing_with_its_reason(
    answer: Any, reason: str, n_asked: int, waits: list[float]
) -> None:
    with Server(answer) as server:
        model = endpoint(server, tries=3)
        assert np.isnan(model.scores(handed(recording()), ["AF", "LBBB"])).all()
        assert model.card().counts["not_answered"] == {reason: 1}
        assert len(server.asked) == n_asked
        assert waits == [0.5, 1.0][: n_asked - 1]


def test_a_server_that_hangs_costs_no_more_than_its_time(waits: list[float]) -> None:
    released = threading.Event()
    with Server(lambda body: released.wait(5) and ours(body)) as server:
        model = endpoint(server, tries=1, timeout_s=0.2)
        assert np.isnan(model.scores(handed(recording()), ["AF"])).all()
        released.set()
    assert model.card().counts["not_answered"] == {"no answer within 0.2 s": 1}


def test_addresses_that_cannot_be() -> None:
    for url, match in (("ftp://x/", "http or https"), ("http://me:secret@x/", "without a password")):
        with pytest.raises(ConfigError, match=match) as raised:
            HttpEndpoint(url, outputs=["AF"], input=TAKES, trained_on=[])
        assert "secret" not in str(raised.value)
    with pytest.raises(ConfigError, match="protocol must be one of"):
        HttpEndpoint("http://x/", outputs=["AF"], input=TAKES, trained_on=[], protocol="grpc")


# ---- a command


PROGRAM = """
import sys, pathlib, numpy as np
given, left = map(pathlib.Path, sys.argv[1:3])
for header in sorted(given.glob("*.hea")):
    first = header.read_text().splitlines()[0].split()
    stored = np.fromfile(header.with_suffix(".dat"), dtype="<i2").reshape(int(first[3]), int(first[1]))
    mean = float(abs(stored / 1000).mean())
    lines = ["#" + first[0], "164889003, 164909002, 1", "1, 0, 0", f"{mean}, 0.25, 0.5"]
    (left / f"{header.stem}.csv").write_text("\\n".join(lines))
    if len(sys.argv) > 3: break
"""


def test_a_command_reads_a_folder(tmp_path: Path) -> None:
    (tmp_path / "read.py").write_text(PROGRAM)
    command = [sys.executable, str(tmp_path / "read.py"), "{recordings}", "{answers}"]
    several = [recording(), recording("bb", units="z-score"), recording("ccc", age_years=61.0, sex="F")]
    model = Container(command, trained_on=["cpsc2018"])
    answers = model.scores(handed(*several), ["AF", "LBBB", "RBBB"])
    for row in (0, 2):
        assert answers[row, 0] == pytest.approx(np.abs(several[row].signal).mean(), abs=0.001)
    np.testing.assert_array_equal(answers[:, 1], [0.25, np.nan, 0.25])
    assert np.isnan(answers[:, 2]).all()
    card = model.card()
    assert card.counts["not_answered"] == {"units is not 'mV'": 1}
    assert card.counts["without_a_finding"] == {"1": 2}
    assert card.facts["ended"] == "exit status 0"
    lazy = Container([*command, "one"], trained_on=[])
    np.testing.assert_array_equal(np.isnan(lazy.scores(handed(*several), ["LBBB"])[:, 0]), [False, True, True])
    assert lazy.card().counts["not_answered"] == {"units is not 'mV'": 1, "it left no answer": 1}


def test_commands_that_fail(tmp_path: Path) -> None:
    here = handed(recording())

    def model(code: str, **changes: Any) -> Container:
        return Container([sys.executable, "-c", code, "{recordings}", "{answers}"], trained_on=[], **changes)

    with pytest.raises(PluginError, match="exit status 3: it broke"):
        model("import sys; print('it broke', file=sys.stderr); sys.exit(3)").scores(here, ["AF"])
    with pytest.raises(PluginError, match=r"stopped after 0\.5 s"):
        model("import time; time.sleep(30)", timeout_s=0.5).scores(here, ["AF"])
    writes = "import sys, pathlib; (pathlib.Path(sys.argv[2]) / 'R0000000.csv').write_text({!r})"
    for text in ("nonsense", "a\nb\nc", "#x\nAF\n1\nhigh", "x" * (1 << 20) + "x"):
        odd = model(writes.format(text) if len(text) < 99 else writes.replace("{!r}", "'x' * (1 << 21)"))
        assert np.isnan(odd.scores(here, ["AF"])).all()
        assert odd.card().counts["not_answered"] == {"its answer is no CSV of classes, labels and scores": 1}
    with pytest.raises(ConfigError, match="one that holds"):
        Container("docker run image", trained_on=[])
    with pytest.raises(ConfigError, match="on this machine's PATH"):
        Container("no-such-program {recordings} {answers}", trained_on=[])


# ---- a file of answers


def test_predictions_from_a_file(tmp_path: Path) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_text("ecg_id,AFIB,CLBBB,comment\n007,0.1,0.2,x\n8,,0.3,y\n")
    model = PredictionsFile(wide, record_id="ecg_id", spelling="scp", trained_on=["ptb_xl folds 1-8"])
    several = handed(recording("007"), recording("8"), recording("9"))
    np.testing.assert_array_equal(
        model.scores(several, ["LBBB", "AF", "RBBB"]), [[0.2, 0.1, np.nan], [0.3, np.nan, np.nan], [np.nan] * 3]
    )
    assert model.card().facts["columns_not_used"] == ("comment",)
    long = pd.DataFrame({"record_id": ["007", "8"], "what": ["AF", "AF"], "p": [0.1, 0.9]})
    long.to_parquet(tmp_path / "long.parquet")
    model = PredictionsFile(tmp_path / "long.parquet", finding="what", score="p", trained_on=[])
    np.testing.assert_array_equal(model.scores(several, ["AF"])[:, 0], [0.1, 0.9, np.nan])
    mapped = PredictionsFile(wide, record_id="ecg_id", columns={"AFIB": "AF"}, trained_on=[])
    assert mapped.card().facts["findings"] == ("AF",)


@pytest.mark.parametrize(
    ("content", "arguments", "match"),
    [
        ("id,AF\n1,0.5\n", {}, "among them record_id"),
        ("record_id,AF\n1,high\n", {}, "AF of record 1 must be a number; got 'high'"),
        ("record_id,what\n1,0.5\n", {}, "one for each finding"),
        ("record_id,AF\n1,0.5\n", {"columns": {"A": "AF"}}, "columns of the file"),
        ("record_id,AF\n1,0.5\n", {"finding": "f"}, "among them f"),
        ("record_id,finding,score\n1,AF,0.5\n1,AF,0.6\n", {"finding": "finding"}, "given once"),
    ],
)
def test_predictions_that_cannot_be_used(tmp_path: Path, content: str, arguments: dict[str, Any], match: str) -> None:
    (tmp_path / "x.csv").write_text(content)
    with pytest.raises(ReadingsError, match=match):
        PredictionsFile(tmp_path / "x.csv", trained_on=[], **arguments)


def test_predictions_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="must be a file"):
        PredictionsFile(tmp_path / "x.csv", trained_on=[])
    (tmp_path / "x.parquet").write_text("no")
    with pytest.raises(InputFileError, match="a CSV or Parquet table"):
        PredictionsFile(tmp_path / "x.parquet", trained_on=[])


# ---- in a run


def test_saved_networks_and_files_in_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ecg_eval.config.load import make_config
    from ecg_eval.pipeline.study.run import run

    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "toys"))
    onnx_network(tmp_path / "net.onnx")
    ids = [f"t{i:02d}" for i in range(40)]
    truth = [i // 10 % 2 for i in range(40)]
    pd.DataFrame({"record_id": ids, "AF": np.abs(np.array(truth) - 0.2)}).to_csv(tmp_path / "p.csv", index=False)
    config = make_config(
        {
            "name": "outside",
            "data_root": str(tmp_path),
            "dataset": "toy_study:ToyArchive",
            "findings": ["AF"],
            "split": {"threshold": [3, 4], "test": [5, 6, 7, 8, 9, 10]},
            "models": [
                {
                    "name": "onnx_file",
                    "id": "net",
                    "path": "net.onnx",
                    "outputs": ["AF", None],
                    "input": TAKES,
                    "trained_on": [],
                },
                {"name": "predictions_file", "id": "file", "path": "p.csv", "trained_on": ["ptb_xl"]},
            ],
            "metrics": ["auroc", "sensitivity"],
            "report": {"sections": ["answer"]},
            "tracking": {"enabled": False},
            "intervals": {"resamples": 100},
            "out": str(tmp_path / "run"),
        }
    )
    run(config)
    table = pd.read_csv(tmp_path / "run" / "evaluation.csv")
    auroc = table[(table["metric"] == "auroc") & (table["finding"] == "AF")].set_index("reader")["value"]
    assert auroc["file"] == 1
    assert 0 <= auroc["net"] <= 1
    sensitivity = table[(table["metric"] == "sensitivity") & (table["finding"] == "AF")].set_index("reader")["value"]
    assert sensitivity["file"] == 1  # by the threshold frozen on its own scores of the threshold fold


def test_a_network_saved_for_one_window_reads_many(tmp_path: Path) -> None:
    import torch

    torch.export.save(torch.export.export(torch_network(), (torch.zeros(1, 12, 200),)), tmp_path / "one.pt2")
    whole = onnx_network(tmp_path / "any.onnx")
    import onnx

    graph = onnx.load(str(whole))
    graph.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(graph, str(tmp_path / "one.onnx"))
    common = {"outputs": ["AF", "LBBB"], "input": TAKES, "trained_on": []}
    several = [recording("a"), recording("bb", seconds=6), recording("ccc")]
    made = (
        TorchExport(tmp_path / "one.pt2", activation="sigmoid", **common),
        OnnxFile(tmp_path / "one.onnx", **common),
    )
    for model in made:
        scores = model.scores(handed(*several), ("AF", "LBBB"))
        np.testing.assert_allclose(scores[[0, 2]], [right(several[0]), right(several[2])], rtol=1e-4)
        assert np.isfinite(scores).all()
        assert model.card().facts["saved_for"] == "one window at a time, which is slower"
    many = OnnxFile(whole, **common)
    assert "saved_for" not in many.card().facts
