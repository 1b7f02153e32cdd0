"""XML of strangers: no entities, nothing from outside, and bounds on size, number and depth before a tree is built.

Carts name a DTD (``<!DOCTYPE RestingECG SYSTEM "restecg.dtd">``); it is never fetched, and a document that declares an
entity is refused as a whole, so that none can be a bomb. Built on defusedxml.
"""

import re
from xml.etree.ElementTree import Element, TreeBuilder

import numpy as np
from numpy.typing import NDArray

from ecg_eval.errors import SignalError

MAX_XML_BYTES = 1 << 25
_MAX_TAGS = 1_000_000
_MAX_DEPTH = 100
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)["']""")
# every encoding in which a "<" of the file is the byte of a "<", so that tags can be counted before they are parsed
_ENCODINGS = frozenset(
    (b"utf-8", b"utf8", b"utf-16", b"utf-16le", b"utf-16be", b"us-ascii", b"ascii", b"iso-8859-1", b"iso8859-1")
) | frozenset((b"iso-8859-2", b"iso-8859-15", b"windows-1250", b"windows-1251", b"windows-1252", b"latin-1", b"latin1"))


class _Bounded(TreeBuilder):
    """A tree that may not grow deep, of names without their namespaces."""

    def __init__(self, who: str) -> None:
        super().__init__()
        self._who, self._depth = who, 0

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise SignalError(self._who, "depth of the XML", f"at most {_MAX_DEPTH}", self._depth)
        return super().start(_local(tag), {_local(name): value for name, value in attrs.items()})

    def end(self, tag: str) -> Element:
        self._depth -= 1
        return super().end(_local(tag))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def read_xml(data: bytes, who: str, root: str) -> Element:
    """Return the root of a document, names without namespaces.

    Raises
    ------
    SignalError
        When it is no XML, declares an entity, has another root, more tags or attributes than an ECG can have, or an
        encoding in which these cannot be counted.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser, ParseError

    plain = data[:1024].replace(b"\0", b"")  # of UTF-16
    encoding = _ENCODING.search(plain)
    if encoding is not None and encoding[1].lower() not in _ENCODINGS:
        raise SignalError(who, "encoding of the XML", "UTF-8, UTF-16 or one of Western Europe", encoding[1].decode())
    for sign, what in ((b"<", "tags"), (b"=", "attributes")):
        if data.count(sign) > _MAX_TAGS:
            raise SignalError(who, f"the number of {what}", f"at most {_MAX_TAGS}", data.count(sign))
    parser = DefusedXMLParser(target=_Bounded(who), forbid_dtd=False, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(data)
        tree: Element = parser.close()
    except ParseError as error:
        raise SignalError(who, "the file", "well-formed XML", str(error)[:80]) from None
    except DefusedXmlException as error:
        remedy = "No ECG needs entities; nothing was resolved."
        raise SignalError(who, "the XML", "free of entities", type(error).__name__, remedy) from None
    if tree.tag != root:
        raise SignalError(who, "root of the XML", root, str(tree.tag)[:80])
    return tree


def text_of(element: Element | None, path: str) -> str:
    """Return the text at a path below an element, stripped; "" where there is none."""
    return "" if element is None else (element.findtext(path) or "").strip()


def value_of(element: Element | None, path: str, attribute: str = "value") -> str:
    """Return an attribute of the first element at a path, stripped; "" where there is none."""
    inner = None if element is None else element.find(path)
    return "" if inner is None else inner.get(attribute, "").strip()


def number(who: str, what: str, text: str) -> float:
    """Return a finite number, or raise SignalError."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not np.isfinite(value):
        raise SignalError(who, what, "a number", text[:40])
    return value


def samples_of_base64(who: str, what: str, text: str | None) -> bytes:
    """Return what base64 text says; anything that is no base64 is refused rather than skipped."""
    from base64 import b64decode

    try:
        return b64decode("".join((text or "").split()), validate=True)
    except ValueError as error:
        raise SignalError(who, what, "base64", str(error)[:80]) from None


def integers_of(who: str, what: str, stored: bytes) -> NDArray[np.float64]:
    """Return 16-bit little-endian integers."""
    if len(stored) % 2:
        raise SignalError(who, what, "whole 16-bit samples", f"{len(stored)} bytes")
    return np.frombuffer(stored, dtype="<i2").astype(np.float64)
