"""The directory of policy files, as it may be found."""

from pathlib import Path

import pytest

from shared.adapters.policy_files import read
from shared.model.errors import PolicyInvalid
from shared.policy.load import load
from tests.policy import sample


@pytest.fixture(name="directory")
def _directory(tmp_path: Path) -> Path:
    for source in (sample.files().baseline, sample.files().cost_tags, sample.files().exemptions):
        (tmp_path / Path(source.name).name).write_text(source.text, encoding="utf-8")
    return tmp_path


def _problems(directory: Path) -> tuple[str, ...]:
    with pytest.raises(PolicyInvalid) as refused:
        read(directory)
    return refused.value.problems


def test_what_is_read_loads(directory: Path) -> None:
    """The three files of a directory, read and loaded, are the policy they hold."""
    assert sample.policy() == load(read(directory), sample.RULES, sample.NOW)


def test_the_mapping_file_is_read_if_it_is_there(directory: Path) -> None:
    """Cost tags that look something up find the file beside them; without it they are refused, not half read."""
    (directory / "cost-tags.yaml").write_text(sample.FINANCE, encoding="utf-8")
    without = read(directory)
    (directory / "owners.csv").write_bytes(b"\xef\xbb\xbf" + sample.OWNERS.replace("\n", "\r").encode())
    policy = load(read(directory), sample.RULES, sample.NOW)

    assert policy == sample.policy(cost_tags=sample.FINANCE, owners=sample.OWNERS)
    assert without.owners is None
    with pytest.raises(PolicyInvalid, match=r"cost-tags\.yaml:13: tags\[0\]\.mapping: expected a file owners\.csv"):
        load(without, sample.RULES, sample.NOW)


def test_a_mapping_file_that_cannot_be_read_is_named(directory: Path) -> None:
    """That the file may be missing does not mean that it may be broken."""
    (directory / "owners.csv").write_bytes("Owner,CostCenter\nJürgen,CC-1\n".encode("latin-1"))

    assert _problems(directory) == (f"{directory}/owners.csv: not UTF-8 at byte 18; save it as UTF-8",)


def test_problems_go_by_the_path(directory: Path) -> None:
    """A problem names the file so that an editor can jump to it."""
    path = directory / "baseline.yaml"
    path.write_text("version: 1\nrules: []\n", encoding="utf-8")

    with pytest.raises(PolicyInvalid) as refused:
        load(read(directory), sample.RULES, sample.NOW)
    assert (
        f"{path}:2: rules: expected a mapping (keys: the id of a rule), found an empty list",
    ) == refused.value.problems


def test_line_ends_and_a_byte_order_mark_do_not_count(directory: Path) -> None:
    """A file that went through a Windows editor is the same policy, of the same version."""
    version = read(directory).version
    for path in directory.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert version == read(directory).version
    assert sample.policy() == load(read(directory), sample.RULES, sample.NOW)


def test_every_file_that_cannot_be_read_is_named(directory: Path) -> None:
    """A missing file, one that is a directory and one in another encoding are told together, each with the way out."""
    (directory / "baseline.yaml").unlink()
    (directory / "cost-tags.yaml").unlink()
    (directory / "cost-tags.yaml").mkdir()
    (directory / "exemptions.yaml").write_bytes("version: 1 # für alle\n".encode("latin-1"))

    assert (
        f"{directory}/baseline.yaml: no such file; docs/policy.md shows the least that it may hold",
        f"{directory}/cost-tags.yaml: cannot be read (Is a directory); make it a readable file",
        f"{directory}/exemptions.yaml: not UTF-8 at byte 14; save it as UTF-8",
    ) == _problems(directory)


def test_no_directory(tmp_path: Path) -> None:
    """A directory that is not there is named, and so is what it should hold."""
    missing = tmp_path / "polcy"

    assert (
        f"{missing}: no such directory; name the one that holds baseline.yaml, cost-tags.yaml, exemptions.yaml",
    ) == _problems(missing)


def test_a_file_beyond_any_policy_is_not_read_to_its_end(directory: Path) -> None:
    """A file above 1 MB is refused by its size, in the words that go by its path."""
    path = directory / "exemptions.yaml"
    path.write_text("#" * 1_000_001, encoding="utf-8")

    with pytest.raises(PolicyInvalid) as refused:
        load(read(directory), sample.RULES, sample.NOW)
    assert (f"{path}:1: expected at most 1000000 bytes, found more",) == refused.value.problems
