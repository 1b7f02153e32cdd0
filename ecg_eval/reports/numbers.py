"""How numbers are written, in one place: two to three digits, the interval beside the value, or the reason for none.

Proportions stay fractions in tables; only sentences speak of "so many in 100". A value that is not 1 is never rounded
to 1.00, nor one that is not 0 to 0.00: a specificity of 0.997 is not perfect.
"""

from math import floor, log10

from ecg_eval.reports.words import Words

_INFINITE = "the ratio is infinite"  # how kernels end the reason
_ADDS_UP = 1e-9
_NOISE = 1e-12  # what arithmetic leaves of an exact zero
MINUS = "\u2212"  # a hyphen is shorter than a plus and breaks across lines
NARROW_SPACE = "\u202f"


def number(value: float, words: Words, *, signed: bool = False) -> str:
    """Return a value with two decimals below 1 and three digits above.

    Examples
    --------
    >>> english = Words("en")
    >>> [number(v, english) for v in (0.8512, 0.9968, 1.0, 0.00004, 12.345, 0.0)]
    ['0.85', '0.997', '1.00', '<0.001', '12.3', '0.00']
    >>> number(-0.051, english), number(0.051, english, signed=True), number(0.85, Words("fr"))
    ('−0.05', '+0.05', '0,85')
    """
    size = abs(value) if abs(value) > _NOISE else 0.0
    sign = MINUS if value < 0 < size else "+" if signed and size > 0 else ""
    if size >= 1:
        return _in_language(f"{sign}{size:.{max(0, 2 - floor(log10(size)))}f}", words)
    text = f"{size:.2f}"
    if text in ("0.00", "1.00") and size > 0:
        text = {"0.000": "<0.001", "1.000": ">0.999"}.get(f"{size:.3f}", f"{size:.3f}")
        if text == "<0.001" and sign:  # "minus less than" is no number that anybody reads
            return _in_language("0.000", words)
    return _in_language(sign + text, words)


def two_decimals(value: float, words: Words) -> str:
    """Return a value for a picture, where there is room for two decimals only.

    Examples
    --------
    >>> [two_decimals(v, Words("en")) for v in (0.456, -0.001, -0.25)]
    ['0.46', '0.00', '−0.25']
    """
    text = f"{abs(value):.2f}"
    return _in_language((MINUS if value < 0 and text != "0.00" else "") + text, words)


def interval(low: float | None, high: float | None, words: Words, *, signed: bool = False) -> str:
    """Return "0.79 to 0.90"; an open end is said."""
    lower = words("unbounded") if low is None else number(low, words, signed=signed)
    upper = words("unbounded") if high is None else number(high, words, signed=signed)
    return words("interval", low=lower, high=upper)


def estimate(
    value: float | None,
    low: float | None,
    high: float | None,
    reason: str,
    words: Words,
    *,
    signed: bool = False,
) -> str:
    """Return "0.85 (0.79 to 0.90)", the value alone, "infinite (4.15 or more)", or "cannot be computed: reason"."""
    if value is None and is_infinite(reason):
        return words("infinite") if low is None else words("infinite.from", low=number(low, words))
    if value is None:
        return words("undefined", reason=words.phrase(reason) or words("unknown"))
    shown = number(value, words, signed=signed)
    if low is None and high is None:
        return shown
    return f"{shown} ({interval(low, high, words, signed=signed)})"


def is_infinite(reason: str) -> bool:
    """Whether what has no value is a ratio that is infinite: it is told as such, with its lower bound.

    Examples
    --------
    >>> [is_infinite(why) for why in ("no call is wrong, so that the ratio is infinite", "no case has the finding")]
    [True, False]
    """
    return reason.endswith(_INFINITE)


def p_value(p: float | None, words: Words) -> str:
    """Return a p-value with two digits, "<0.001" below that.

    Examples
    --------
    >>> [p_value(p, Words("en")) for p in (0.0312, 0.0004, 0.5, 1.0, 0.9999)]
    ['0.031', '<0.001', '0.50', '1.00', '>0.99']
    """
    if p is None:
        return words("none")
    if p < 0.001:
        return _in_language("<0.001", words)
    text = f"{p:.3f}" if p < 0.0995 else f"{p:.2f}"
    return _in_language(">0.99" if text == "1.00" and p < 1 else text, words)


def count(n: float | None, words: Words) -> str:
    """Return a whole number with thousands set apart; a missing one as a dash.

    Examples
    --------
    >>> count(21837, Words("en")), count(None, Words("en"))
    ('21,837', '–')
    """
    if n is None:
        return words("none")
    return f"{int(n):,}".replace(",", NARROW_SPACE if words.language == "fr" else ",")


def in_tenths(*fractions: float | None) -> bool:
    """Return whether some of the fractions are near 0 or 100 %, where whole numbers in 100 say too little.

    Examples
    --------
    >>> in_tenths(-0.023, -0.035, -0.012), in_tenths(0.07, 0.04, 0.1), in_tenths(0.0, 1.0)
    (True, False, False)
    """
    sizes = [abs(100 * fraction) for fraction in fractions if fraction is not None and abs(fraction) > _NOISE]
    return any(size < 2 or 98 < size < 100 for size in sizes)


def per_hundred(fraction: float, words: Words, *, signed: bool = False, tenths: bool = False) -> str:
    """Return a fraction as so many in 100, for sentences; tenths near 0 and 100, and where they are asked for.

    Examples
    --------
    >>> english = Words("en")
    >>> [per_hundred(v, english) for v in (0.853, 0.9968, 1.0, 0.0123, 0.0004, 0.0)]
    ['85', '99.7', '100', '1.2', '<0.1', '0']
    >>> per_hundred(-0.061, english, signed=True), per_hundred(0.004, english, signed=True)
    ('−6', '+0.4')
    >>> per_hundred(-0.00031, english, signed=True), per_hundred(0.000098, english, signed=True)
    ('−0.03', '+0.01')
    >>> per_hundred(0.0, english, signed=True), per_hundred(-0.035, english, signed=True, tenths=True)
    ('0', '−3.5')
    """
    size = abs(100 * fraction) if abs(fraction) > _NOISE else 0.0
    sign = MINUS if fraction < 0 < size else "+" if signed and size > 0 else ""
    text = f"{size:.1f}" if tenths or in_tenths(fraction) else f"{size:.0f}"
    if size in (0.0, 100.0):
        text = f"{size:.0f}"
    elif text == "0.0":  # "minus less than" is no number that anybody reads
        first_digit = float(f"{size:.1g}")
        text = f"{first_digit:.{-floor(log10(first_digit))}f}" if sign else "<0.1"
    elif text == "100.0":
        text = ">99.9"
    return _in_language(sign + text, words)


def estimate_per_hundred(value: float, ends: tuple[float, float] | None, words: Words, *, signed: bool = False) -> str:
    """Return "85 (79 to 90)", so many in 100; a change and its ends are all in tenths where one of them is.

    Examples
    --------
    >>> estimate_per_hundred(-0.0232, (-0.03497, -0.01152), Words("en"), signed=True)
    '−2.3 (−3.5 to −1.2)'
    """
    tenths = signed and in_tenths(value, *(ends or ()))
    text = per_hundred(value, words, signed=signed, tenths=tenths)
    if ends is None:
        return text
    low, high = (per_hundred(end, words, signed=signed, tenths=tenths) for end in sorted(ends))
    return f"{text} ({words('interval', low=low, high=high)})"


def adds_up(before: float, after: float, change: float, words: Words, *, tenths: bool = False) -> bool:
    """Return whether what was, what is and the change between add up as they would be written, in 100.

    Parameters
    ----------
    before, after, change : float
        Fractions.
    words : Words
    tenths : bool
        Whether the change is written in tenths.

    Examples
    --------
    >>> adds_up(0.69, 0.76, 0.07, Words("en")), adds_up(0.556, 0.823, 0.267, Words("en"))
    (True, False)
    """
    ends = (per_hundred(before, words), per_hundred(after, words))
    texts = (*ends, per_hundred(change, words, signed=True, tenths=tenths))
    try:
        first, second, between = (float(text.replace(MINUS, "-").replace(",", ".")) for text in texts)
    except ValueError:  # "<0.1" adds up with anything near
        return True
    return abs(second - first - between) < _ADDS_UP


def _in_language(text: str, words: Words) -> str:
    return text.replace(".", ",") if words.language == "fr" else text


def setting(value: float, words: Words) -> str:
    """Return a number as somebody set it, with all its digits.

    Examples
    --------
    >>> setting(0.005, Words("en")), setting(0.005, Words("fr")), setting(20.0, Words("en"))
    ('0.005', '0,005', '20')
    """
    return _in_language(f"{value:g}", words)


def capital(text: str) -> str:
    """Return text with a capital first."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return text as a sentence: a capital first, a full stop last.

    Examples
    --------
    >>> sentence("cannot be computed: no ECG shows it")
    'Cannot be computed: no ECG shows it.'
    """
    text = capital(text.strip())
    return text + ("" if text.endswith((".", "!", "?")) else ".")
