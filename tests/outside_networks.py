"""Networks that learnt elsewhere, made for tests, and a server that may misbehave."""

import json
import threading
import warnings
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from ecg_eval.domain.contracts import Recordings
from ecg_eval.domain.leads import STANDARD_LEADS
from ecg_eval.domain.recording import Recording

TAKES = {"sampling_rate_hz": 100, "duration_s": 2}


def recording(name: str = "a", *, seconds: float = 2, rate: float = 100, **changes: Any) -> Recording:
    rng = np.random.default_rng(len(name))
    signal = rng.normal(size=(round(seconds * rate), 12)).astype(np.float32)
    facts: dict[str, Any] = {"signal": signal, "leads": STANDARD_LEADS, "sampling_rate_hz": rate}
    return Recording(record_id=name, patient_id=name, **(facts | changes))


def handed(*several: Recording) -> Recordings:
    by_id = {r.record_id: r for r in several}
    return Recordings(ids=tuple(by_id), load=by_id.__getitem__)


# what every network below computes: the logistic of a weighted sum of each lead's mean
WEIGHTS = np.random.default_rng(7).normal(size=(12, 2)).astype(np.float32)


def right(r: Recording) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-r.signal.mean(axis=0) @ WEIGHTS)))


def onnx_network(path: Path) -> Path:
    from onnx import TensorProto, helper, numpy_helper, save

    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["m"], keepdims=0),
        helper.make_node("MatMul", ["m", "w"], ["z"]),
        helper.make_node("Sigmoid", ["z"], ["y"]),
    ]
    weights = [numpy_helper.from_array(WEIGHTS, "w"), numpy_helper.from_array(np.array([2], dtype=np.int64), "axes")]
    shapes = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 12, 200])]
    answers = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])]
    graph = helper.make_graph(nodes, "net", shapes, answers, weights)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), str(path))
    return path


def torch_network() -> Any:
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = torch.nn.Parameter(torch.from_numpy(WEIGHTS.copy()))

        def forward(self, x: Any) -> Any:
            return x.mean(dim=2) @ self.w

    return Net().eval()


def exported(path: Path) -> Path:
    import torch

    shapes = ({0: torch.export.Dim("batch")},)
    program = torch.export.export(torch_network(), (torch.zeros(2, 12, 200),), dynamic_shapes=shapes)
    torch.export.save(program, path)
    return path


def scripted(path: Path) -> Path:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TorchScript is still what many published networks are in
        torch.jit.trace(torch_network(), torch.zeros(2, 12, 200)).save(str(path))
    return path


class Server:
    """Answers each request with the next of `answers`: a status, or a function of the request; the last one stays."""

    def __init__(self, *answers: int | Callable[[dict[str, Any]], Any]) -> None:
        self.answers, self.asked, self.headers = list(answers), list[dict[str, Any]](), dict[str, str]()

    def __enter__(self) -> "Server":
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append(body)
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                content = b"" if isinstance(answer, int) else answer(body)
                if content is None:
                    return self.connection.close()
                content = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(answer if isinstance(answer, int) else 200)
                for key, value in outer.headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                return None

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/invocations"
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
