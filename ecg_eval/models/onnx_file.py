"""A network in an ONNX file, run by ONNX Runtime on the CPU: the format that every framework exports."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ecg_eval.domain.facts.model import ModelCard
from ecg_eval.domain.findings import CANONICAL
from ecg_eval.errors import InputFileError
from ecg_eval.models._parts.network_input import Batch
from ecg_eval.models._parts.outside_network import Outputs, OutsideNetwork, existing_file, missing_library


class OnnxFile(OutsideNetwork):
    """A network in an ONNX file; its first input takes the windows, its first output (or `output_name`) the scores.

    An ONNX file holds a graph of known operators and numbers, no code of its own.

    Parameters
    ----------
    path : Path
    outputs, input, trained_on, spelling, activation, batch
        As for every outside network (``_parts/outside_network.py``).
    output_name : str, optional
    threads : int
        0 for as many as there are cores.
    """

    def __init__(
        self,
        path: Path,
        *,
        outputs: Sequence[str | None],
        input: Mapping[str, object],
        trained_on: Sequence[str],
        spelling: str = CANONICAL,
        activation: str = "none",
        batch: int = 32,
        output_name: str | None = None,
        threads: int = 0,
    ) -> None:
        super().__init__(
            outputs=outputs, input=input, trained_on=trained_on, spelling=spelling, activation=activation, batch=batch
        )
        existing_file(self.name, path)
        try:
            import onnxruntime
        except ImportError:
            raise missing_library(self.name, "onnxruntime", "networks") from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # warnings about graphs are for their authors
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own classes, by what is wrong with the file
            rule = "an ONNX file that ONNX Runtime can run"
            raise InputFileError(self.name, str(path), rule, remedy=str(error)[:200]) from None
        self._input_name = self._session.get_inputs()[0].name
        self._is_single = self._session.get_inputs()[0].shape[:1] == [1]  # saved for one window at a time
        self._output_name = output_name or self._session.get_outputs()[0].name
        self._n_bytes = path.stat().st_size

    def forward(self, windows: Batch) -> Outputs:
        """Return the outputs of a batch."""
        parts = np.split(windows, len(windows)) if self._is_single else [windows]
        answers = [self._session.run([self._output_name], {self._input_name: part})[0] for part in parts]
        return np.concatenate(answers).astype(np.float64)

    def card(self) -> ModelCard:
        """Return what every outside network states, and the size of the file."""
        facts = super().card().also(file_bytes=self._n_bytes, run_with="ONNX Runtime, CPU")
        return facts.also(saved_for="one window at a time, which is slower") if self._is_single else facts
