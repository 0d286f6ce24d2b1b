"""Reads the policy files from a directory; what they mean is for `shared.policy.load` to say."""

from pathlib import Path

from shared.model.errors import PolicyInvalid
from shared.policy.document import LARGEST, Source
from shared.policy.load import PolicyFiles

NAMES = ("baseline.yaml", "cost-tags.yaml", "exemptions.yaml")
"""The files that every policy has."""
OWNERS = "owners.csv"
"""The one that it has where its cost tags look something up in it."""


def read(directory: Path) -> PolicyFiles:
    """
    The files of a policy directory; whether it needs the mapping file of owners, its cost tags say.

    Raises PolicyInvalid with one line for each file that is missing, cannot be read or is not UTF-8.
    """
    if not directory.is_dir():
        raise PolicyInvalid((f"{directory}: no such directory; name the one that holds {', '.join(NAMES)}",))
    problems: list[str] = []
    baseline, cost_tags, exemptions = (_source(directory / name, problems) for name in NAMES)
    owners = _source(directory / OWNERS, problems) if (directory / OWNERS).exists() else None
    if problems:
        raise PolicyInvalid(tuple(problems))
    return PolicyFiles(baseline, cost_tags, exemptions, owners)


def _source(path: Path, problems: list[str]) -> Source:
    """A file's text, its line ends made one, so that its hash does not depend on how it was checked out."""
    text = ""
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(LARGEST + 1)
    except FileNotFoundError:
        problems.append(f"{path}: no such file; docs/policy.md shows the least that it may hold")
    except UnicodeDecodeError as error:
        problems.append(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8")
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}); make it a readable file")
    return Source(str(path), text)
