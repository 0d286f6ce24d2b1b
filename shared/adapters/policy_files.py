"""Reads the policy files from a directory; what they mean is for `shared.policy.load` to say."""

from pathlib import Path

from shared.model.errors import PolicyInvalid
from shared.policy.document import LARGEST
from shared.policy.load import PolicyFiles, Source

NAMES = ("baseline.yaml", "cost-tags.yaml", "exemptions.yaml")


def read(directory: Path) -> PolicyFiles:
    """
    The three files of a policy directory.

    Raises PolicyInvalid with one line for each file that is missing, cannot be read or is not UTF-8.
    """
    if not directory.is_dir():
        raise PolicyInvalid((f"{directory}: no such directory; name the one that holds {', '.join(NAMES)}",))
    problems: list[str] = []
    baseline, cost_tags, exemptions = (_source(directory / name, problems) for name in NAMES)
    if problems:
        raise PolicyInvalid(tuple(problems))
    return PolicyFiles(baseline, cost_tags, exemptions)


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
