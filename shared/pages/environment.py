"""How pages are rendered: what stands in them of tags and names is text, whatever it says."""

from pathlib import Path
from typing import TYPE_CHECKING

from shared.pages.text import CONTROLS

if TYPE_CHECKING:  # an app that is only indexed must not load it
    from jinja2 import Environment


def environment(*folders: Path) -> "Environment":
    """Jinja's, over the templates in some folders and the style sheet that all pages share, `page.css`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only a report is rendered

    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader([*folders, Path(__file__).parent]),
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )


def _printable(value: object) -> object:
    """What a template prints; text stays as safe as it was."""
    return value.translate(CONTROLS) if isinstance(value, str) else value
