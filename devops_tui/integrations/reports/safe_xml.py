"""Reads untrusted XML piece by piece, and refuses everything that could make it a bomb."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO, Protocol
from xml.parsers import expat

from devops_tui.domain.errors import BadReport

PIECE_BYTES = 256 * 1024
MAX_DEPTH = 100


class Elements(Protocol):
    """Is told of elements as they come; names are without prefix."""

    def start(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        """An element begins."""
        ...

    def text(self, text: str) -> None:
        """A piece of text."""
        ...

    def end(self, name: str) -> None:
        """An element ends."""
        ...


def read_xml(stream: BinaryIO, file: str, elements: Elements) -> Iterator[None]:
    """Tells `elements` of the document; yields after each piece of the stream.

    A document type is refused, and with it every entity but the five of XML itself:
    nothing can expand, and no other file or address is ever read.

    Raises:
        BadReport: It is not XML, it has a document type, or it is nested too deep.
    """
    parser = _parser(file, elements)
    while True:
        piece = stream.read(PIECE_BYTES)
        try:
            parser.Parse(piece, not piece)
        except expat.ExpatError as error:
            raise BadReport(
                file, error.lineno, f"not XML: {expat.ErrorString(error.code)}"
            ) from None
        except (ValueError, LookupError):  # of an encoding that is not known
            raise BadReport(file, 1, "not XML: an encoding that nobody knows") from None
        yield
        if not piece:
            return


def _parser(file: str, elements: Elements) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    depth = 0

    def refuse(*_: object) -> int:
        what = "a document type, which reports do not need and bombs are made of"
        raise BadReport(file, parser.CurrentLineNumber, what)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise BadReport(file, parser.CurrentLineNumber, f"more than {MAX_DEPTH} levels")
        elements.start(name.rpartition(":")[2], attributes, parser.CurrentLineNumber)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        elements.end(name.rpartition(":")[2])

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = elements.text
    return parser
