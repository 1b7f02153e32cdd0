"""What a shard leaves: what was worked out from each recording of its share, in files of some hundred recordings.

==============================  ==========================================================================
shard.json                      number, what it was made from, digests of the other files, whether it is done
WORK/00000.tsv.gz, ...          a line a recording: its id, and what was worked out (in JSON, so that nothing
                                runs when it is read); one of which nothing could be is not among them
==============================  ==========================================================================
"""

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ecg_eval.domain.facts.plain import from_plain, to_plain
from ecg_eval.domain.facts.shard import ShardFacts
from ecg_eval.errors import RunFolderError
from ecg_eval.storage.atomic import digest_of_file, write_atomically

SHARD_FILE = "shard.json"
PIECE = 256  # recordings in a file
_SAID = 200  # letters of what is wrong with a file
_QUICK = 1  # of gzip: numbers hardly become smaller by more work


@dataclass(frozen=True)
class ShardFolder:
    """A shard's folder.

    Attributes
    ----------
    path : Path
    """

    path: Path

    def write_facts(self, facts: ShardFacts) -> None:
        """Write what the shard is, atomically."""
        text = json.dumps(to_plain(facts), indent=1, ensure_ascii=False)
        write_atomically(self.path / SHARD_FILE, text + "\n")

    def read_facts(self, remedy: str = "") -> ShardFacts | None:
        """Return what the shard is; None where there is none.

        Raises
        ------
        RunFolderError
            When its file is damaged or of another version.
        """
        path = self.path / SHARD_FILE
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise RunFolderError(str(path), "file", "JSON", str(error)[:_SAID], remedy) from None
        return from_plain(ShardFacts, value, who=str(path), remedy=remedy)

    def write_piece(self, work: str, number: int, rows: Mapping[str, object]) -> None:
        """Write what was worked out from some recordings, by their ids."""
        lines = "".join(f"{json.dumps(record_id)}\t{json.dumps(result)}\n" for record_id, result in rows.items())
        write_atomically(self._piece(work, number), gzip.compress(lines.encode("utf-8"), _QUICK, mtime=0))

    def read_piece(self, work: str, number: int) -> dict[str, str] | None:
        """Return what was worked out from some recordings, in JSON by their ids; None where there is no whole file."""
        try:
            content = self._piece(work, number).read_bytes()
            if not content:  # no file of gzip is empty
                return None
            lines = gzip.decompress(content).decode("utf-8").split("\n")[:-1]
            return {json.loads(record_id): result for record_id, _, result in (line.partition("\t") for line in lines)}
        except (OSError, EOFError, ValueError, zlib.error, RecursionError):
            return None

    def works(self) -> set[str]:
        """Return the names of all work of which there is something."""
        return {path.parent.name for path in self.path.glob("*/*.tsv.gz")}

    def forget(self) -> None:
        """Delete what was worked out."""
        for path in self.path.glob("*/*.tsv.gz"):
            path.unlink()

    def digests(self) -> dict[str, str]:
        """Return the digest of every file of work, by its path in the folder."""
        files = sorted(self.path.glob("*/*.tsv.gz"))
        return {path.relative_to(self.path).as_posix(): digest_of_file(path) for path in files}

    def damaged(self, files: Mapping[str, str]) -> list[str]:
        """Return the files that are gone or not as the shard left them."""
        return [name for name, digest in files.items() if not self._stands(name, digest)]

    def _stands(self, name: str, digest: str) -> bool:
        try:
            return digest_of_file(self.path / name) == digest
        except OSError:
            return False

    def _piece(self, work: str, number: int) -> Path:
        return self.path / work / f"{number:05d}.tsv.gz"
