"""Compute every expected value of other programs with our public kernels, and say which match.

    python scripts/verify_statistics.py ../shared/oracles            # all cases
    python scripts/verify_statistics.py tests/oracles 01-mrmc-scores # one case, with every difference shown

Exit code 0 when nothing differs unexplained, 1 otherwise. The answers are given by ``tests/oracles/*.py``, which only
call the public functions of ``ecg_eval.stats``.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from oracles import answerers, scope_rules, verify


def main(root: Path, only: str | None = None) -> int:
    """Print a line a case and the total; return the exit code."""
    folders = sorted(p.parent for p in root.glob("**/expected.json") if only is None or p.parent.name == only)
    if not folders:
        print(f"{root}: no case folder with an expected.json below it")
        return 2
    known, rules = answerers(), scope_rules()
    matched = total = bad = 0
    for folder in folders:
        verdict = verify(folder, known.get(folder.name), rules.get(folder.name, {}))
        matched, total = matched + len(verdict.matched), total + verdict.total
        bad += len(verdict.differing) + len(verdict.unanswered) + len(verdict.needless)
        outside = sum(map(len, verdict.out_of_scope.values()))
        print(
            f"{verdict.case:45s} {len(verdict.matched):5d} matched {len(verdict.differing):4d} differing "
            f"{outside:4d} not in scope {len(verdict.unanswered):5d} unanswered"
        )
        for reason, names in verdict.out_of_scope.items():
            print(f"    not in scope ({len(names)}): {reason}")
        for name, got, want in verdict.differing[: None if only else 5]:
            print(f"    differs: {name}: got {got!r}, want {want!r}")
        for name in verdict.unanswered[: None if only else 3]:
            print(f"    unanswered: {name}")
        for name in verdict.needless:
            print(f"    named as not in scope, and matched or not expected: {name}")
    print(f"oracles: {matched} of {total} values match")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
