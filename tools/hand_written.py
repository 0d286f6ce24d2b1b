"""
The parts of a generated page that people write: between two comments, kept word for word when the page is made anew.

A page is rendered from its source and the parts that stand in it now; so a fresh page rendered again is itself, and
everything outside the comments that someone changed by hand shows up as stale.
"""

import re
from collections.abc import Mapping

_PART = re.compile(r"<!-- by hand: (?P<name>[a-z-]+) -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)


def parts(page: str) -> dict[str, str]:
    """The hand-written parts of a page by name, without the blank lines around them."""
    return {found["name"]: found["text"].strip() for found in _PART.finditer(page)}


def part(name: str, kept: Mapping[str, str]) -> str:
    """One hand-written part with its comments, empty where nobody has written it yet."""
    text = kept.get(name, "")
    inside = f"\n{text}\n\n" if text else ""
    return f"<!-- by hand: {name} -->\n{inside}<!-- end -->"
