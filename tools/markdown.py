"""What the docs tools need of Markdown: tables to write; headings, links and code to read."""

import re
from collections.abc import Iterable, Iterator, Sequence

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)`*$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")
_HEADING = re.compile(r"^#{1,6} +(?P<text>.+?) *#*$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]\n]*\]\((?P<target>[^()\s]+(?:\([^()\s]*\))?)(?: +\"[^\"]*\")?\)")
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars and line ends inside its cells are made harmless."""
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (header, ["---"] * len(header), *cells))


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them; a repeated heading gets a number."""
    found: list[str] = []
    for heading in _HEADING.finditer(_FENCE.sub("", page)):
        plain = _LINK.sub(lambda link: link[0][1 : link[0].index("]")], heading["text"])
        anchor = _NOT_IN_ANCHOR.sub("", plain.casefold()).replace(" ", "-")
        found.append(anchor if anchor not in found else f"{anchor}-{found.count(anchor)}")
    return set(found)


def links(page: str) -> Iterator[str]:
    """The targets of all inline links and images, without those in code."""
    text = _CODE.sub("", _FENCE.sub("", page))
    return (link["target"] for link in _LINK.finditer(text))


def code(page: str) -> str:
    """Everything a page sets in code, blocks and spans, line by line."""
    blocks = [block[0] for block in _FENCE.finditer(page)]
    spans = [span[0].strip("`") for span in _CODE.finditer(_FENCE.sub("", page))]
    return "\n".join(blocks + spans)
