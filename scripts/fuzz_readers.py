"""Throw mutated bytes at every reader of strangers' files, guided by coverage (atheris, libFuzzer).

    python scripts/fuzz_readers.py                        # every target for 60 s
    python scripts/fuzz_readers.py --seconds 600 dicom    # one for longer

A reader may answer or raise an EcgEvalError; anything else, more than 20 s or more than 2 GB is a finding: the input is
kept in the folder that is printed, and its bytes become a case of tests/hostile. Each target has a process of its own,
since libFuzzer ends the process.
"""

import argparse
import subprocess
import sys
import tempfile
import warnings
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

MAX_INPUT_BYTES, MAX_SECONDS, MAX_MEGABYTES = 65_536, 20, 2_048


def main() -> int:
    """Run the targets one after the other; return 1 when one has a finding."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("targets", nargs="*", help="all of them when none is named")
    options.add_argument("--seconds", type=int, default=60, help="time for each target")
    options.add_argument("--found", type=Path, default=Path(tempfile.gettempdir()) / "ecg-eval-fuzz")
    options.add_argument("--one", help=argparse.SUPPRESS)
    said = options.parse_args()
    if said.one:
        fuzz(said.one, said.seconds, said.found)
        return 0
    if find_spec("atheris") is None:
        print("Nothing was fuzzed: atheris has no build for this system or Python.")
        return 0
    from hostile.targets import TARGETS

    unknown = sorted(set(said.targets) - TARGETS.keys())
    if unknown:
        print(f"No target {', '.join(unknown)}; there are {', '.join(TARGETS)}.")
        return 2
    failed = []
    for name in said.targets or TARGETS:
        command = [sys.executable, __file__, "--one", name, "--seconds", str(said.seconds), "--found", str(said.found)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        runs = [line for line in done.stderr.splitlines() if line.startswith("stat::number_of_executed_units")]
        print(
            f"{name}: {'ok' if done.returncode == 0 else 'FOUND'} {runs[0].split()[-1] if runs else '?'} runs",
            flush=True,
        )
        if done.returncode != 0:
            failed.append(name)
            print(done.stdout[-3000:], done.stderr[-3000:], f"Inputs: {said.found / name}", sep="\n", flush=True)
    return 1 if failed else 0


def fuzz(name: str, seconds: int, found: Path) -> None:
    """Fuzz one target in this process, which libFuzzer ends."""
    import atheris

    with atheris.instrument_imports(include=["ecg_eval", "wfdb", "pydicom", "edfio", "ecgdatakit", "openpyxl", "yaml"]):
        from hostile.targets import answer, seeds

    warnings.simplefilter("ignore")
    work = Path(tempfile.mkdtemp())
    (found / name).mkdir(parents=True, exist_ok=True)
    corpus = work / "corpus"
    corpus.mkdir()
    for i, seed in enumerate(seeds(work)[name]):
        (corpus / str(i)).write_bytes(seed)

    def one(data: bytes) -> None:
        answer(name, data, work)

    bounds = [f"-max_len={MAX_INPUT_BYTES}", f"-timeout={MAX_SECONDS}", f"-rss_limit_mb={MAX_MEGABYTES}"]
    kept = [f"-artifact_prefix={found / name}/", f"-max_total_time={seconds}", "-print_final_stats=1", str(corpus)]
    atheris.Setup([sys.argv[0], *bounds, *kept], one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
