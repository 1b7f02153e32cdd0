"""XLI, the packing of leads in Philips XML: LZW of 10 bits, high bytes before low bytes, second differences.

Philips has not published it; this follows the description that the Sierra ECG Tools project made of it
(https://github.com/sixlettervariables/sierra-ecg-tools, its wiki). Output is bounded: ten bits can stand for 767 bytes.
"""

import numpy as np
from numpy.typing import NDArray

from ecg_eval.errors import SignalError

_BITS, _HEADER_BYTES = 10, 8
_END = (1 << _BITS) - 1
_CODE_0_FOR_DIFFERENCE = 64


def unpack_xli(who: str, packed: bytes, n_leads: int, n_samples: int) -> list[NDArray[np.int64]]:
    """Return the leads of packed data, each an array of shape (n_samples,).

    Raises
    ------
    SignalError
        When it does not hold this number of leads with at least this number of samples.
    """
    leads = []
    place = 0
    for i in range(n_leads):
        header = packed[place : place + _HEADER_BYTES]
        size = int.from_bytes(header[:4], "little")
        place += _HEADER_BYTES
        chunk = packed[place : place + size]
        if len(header) < _HEADER_BYTES or len(chunk) < size:
            raise SignalError(who, f"packed lead {i + 1}", f"{size} bytes long", len(chunk), "The file is cut.")
        place += size
        unpacked = _lzw(who, chunk, 4 * n_samples + 4)
        if len(unpacked) // 2 < max(n_samples, 2):
            raise SignalError(who, f"samples of packed lead {i + 1}", f"{n_samples} as stated", len(unpacked) // 2)
        leads.append(_integrate(who, unpacked, int.from_bytes(header[6:8], "little", signed=True))[:n_samples])
    return leads


def _lzw(who: str, packed: bytes, limit: int) -> bytes:
    """Undo LZW with codes of ten bits, first bit first; the table is frozen when it is full."""
    n_codes = len(packed) * 8 // _BITS
    if n_codes > limit:
        raise SignalError(who, "packed samples", f"of at most {limit} bytes", n_codes)
    bits = np.unpackbits(np.frombuffer(packed, dtype=np.uint8))[: n_codes * _BITS].reshape(n_codes, _BITS)
    codes = (bits @ (1 << np.arange(_BITS - 1, -1, -1))).tolist()
    table = [bytes([i]) for i in range(256)]
    parts: list[bytes] = []
    last, length = b"", 0
    for code in codes:
        if code == _END:
            break
        if code < len(table):
            entry = table[code]
        elif code == len(table) and last:
            entry = last + last[:1]
        else:
            raise SignalError(who, "packed samples", "LZW of 10 bits", f"code {code} of {len(table)}")
        if last and len(table) < _END:
            table.append(last + entry[:1])
        parts.append(entry)
        last, length = entry, length + len(entry)
        if length > limit:
            raise SignalError(who, "packed samples", f"of at most {limit} bytes", length)
    return b"".join(parts)


def _integrate(who: str, unpacked: bytes, first: int) -> NDArray[np.int64]:
    """Undo the differences: each sample continues the line of the two before it, less what was stored.

    x[n] = 2 x[n-1] - x[n-2] - e[n], with e[2] from the header and e[n] = stored[n-1] - 64 after it.
    """
    half = len(unpacked) // 2
    halves = np.frombuffer(unpacked[: 2 * half], dtype=np.uint8).reshape(2, half).astype(np.int64)
    stored = (halves[0] << 8 | halves[1]).astype(np.uint16).view(np.int16).astype(np.int64)
    errors = np.concatenate(([first], stored[2:-1] - _CODE_0_FOR_DIFFERENCE))[: half - 2]
    slopes = stored[1] - stored[0] - np.cumsum(errors)
    samples = np.concatenate((stored[:2], stored[1] + np.cumsum(slopes)))
    if np.abs(samples).max() > 1 << 15:
        raise SignalError(who, "unpacked samples", "within 16 bits", int(np.abs(samples).max()))
    return samples
