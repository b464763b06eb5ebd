"""SSML text to a tree whose every character knows its place: small, bounded, and without entities or document types.

XML is read by expat; nothing is fetched and nothing expands. Source: SSML 1.1, W3C Recommendation, 7 September 2010.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from server.errors import InvalidSsmlError
from server.text.aligned import Aligned, Span

_MOST_DEPTH: Final = 32
_MOST_ELEMENTS: Final = 4096
_MOST_ATTRIBUTE_CHARACTERS: Final = 1024


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, as editors count: both from 1."""

    line: int
    column: int

    def error(self, sentence: str) -> InvalidSsmlError:
        """An error that says where."""
        return InvalidSsmlError(f"The SSML is not right at line {self.line}, column {self.column}: {sentence}")


@dataclass(slots=True)
class Element:
    """One element. Its name has no prefix but `mstts:`."""

    name: str
    attributes: Mapping[str, str]
    """By name; those of other namespaces are left out, and `xml:lang` is one of the names."""
    place: Place
    start: int
    """Where it begins in the document, in code points."""
    children: list["Element | Aligned"] = field(default_factory=list)

    def words(self) -> Aligned:
        """All text in it."""
        return Aligned.joined(child if isinstance(child, Aligned) else child.words() for child in self.children)


def parse_document(text: str) -> Element:
    """The root element of an SSML document.

    Raises:
        InvalidSsmlError: when it is no well-formed XML, has a document type or an entity, or is too deep; with the
            place, and what was expected there.
    """
    return _Reader(text).root()


class _Reader:
    def __init__(self, text: str) -> None:
        self._source = text.encode()
        self._characters = _Characters(self._source)
        self._open: list[Element] = []
        self._root: Element | None = None
        self._n_elements = 0
        parser = self._parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._refuse_doctype

    def root(self) -> Element:
        try:
            self._parser.Parse(self._source, True)
        except expat.ExpatError as error:
            place = Place(error.lineno, error.offset + 1)
            raise place.error(_expected(error, [element.name for element in self._open])) from None
        assert self._root is not None
        return self._root

    def _place(self) -> Place:
        return Place(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        place = self._place()
        self._n_elements += 1
        if len(self._open) >= _MOST_DEPTH:
            raise place.error(f"elements may be {_MOST_DEPTH} deep at most.")
        if self._n_elements > _MOST_ELEMENTS:
            raise place.error(f"a document may have {_MOST_ELEMENTS} elements at most; send it in parts.")
        if any(len(value) > _MOST_ATTRIBUTE_CHARACTERS for value in attributes.values()):
            raise place.error(f"a value may have {_MOST_ATTRIBUTE_CHARACTERS} characters at most.")
        start = self._characters.before(self._parser.CurrentByteIndex)
        element = Element(_local(name), {_local(key): value for key, value in attributes.items()}, place, start)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, name: str) -> None:
        self._open.pop()

    def _data(self, data: str) -> None:
        start = self._parser.CurrentByteIndex
        if self._source[start : start + 1] == b"&":
            end = self._source.index(b";", start) + 1
            span = Span(self._characters.before(start), self._characters.before(end))
            piece = Aligned(data, (span,) * len(data))
        else:
            piece = Aligned.original(data, self._characters.before(start))
        self._open[-1].children.append(piece)

    def _refuse_doctype(self, *_: object) -> None:
        raise self._place().error("leave the document type out; SSML needs none here.")


class _Characters:
    """Bytes to code points, for places that never go back."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._byte = self._character = 0

    def before(self, byte: int) -> int:
        """How many code points stand before this byte."""
        if byte < self._byte:
            self._byte = self._character = 0
        self._character += len(self._source[self._byte : byte].decode(errors="ignore"))
        self._byte = byte
        return self._character


def _local(name: str) -> str:
    """`namespace local` as expat gives it: only Microsoft's namespace and that of xml leave a trace."""
    namespace, _, local = name.rpartition(" ")
    if namespace.endswith("/XML/1998/namespace"):
        return f"xml:{local}"
    return f"mstts:{local}" if "mstts" in namespace else local


def _expected(error: expat.ExpatError, open_names: list[str]) -> str:
    """One sentence for people."""
    message = expat.ErrorString(error.code)
    if message == expat.errors.XML_ERROR_TAG_MISMATCH and open_names:
        return f"expected `</{open_names[-1]}>` here."
    if message == expat.errors.XML_ERROR_NO_ELEMENTS:
        return f"expected `</{open_names[-1]}>` before the end." if open_names else "expected `<speak>`."
    if message == expat.errors.XML_ERROR_UNDEFINED_ENTITY:
        return "expected one of `&amp;`, `&lt;`, `&gt;`, `&quot;` and `&apos;`; no other entity is known."
    if message == expat.errors.XML_ERROR_UNBOUND_PREFIX:
        return 'expected a namespace for the prefix; write `xmlns:mstts="https://www.w3.org/2001/mstts"` in `<speak>`.'
    if message == expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT:
        return "expected nothing after `</speak>`."
    if message == expat.errors.XML_ERROR_INVALID_TOKEN:
        return "expected well-formed XML; write `&lt;` for `<` and `&amp;` for `&` in text."
    return f"expected well-formed XML ({message})."


def flattened(element: Element) -> Iterator[Element]:
    """It and all elements in it, in the order they begin."""
    yield element
    for child in element.children:
        if isinstance(child, Element):
            yield from flattened(child)
