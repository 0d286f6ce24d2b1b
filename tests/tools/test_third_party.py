"""Licences and the bill of materials, of packages that are real metadata in a folder and of the app's own."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.utils import canonicalize_name

from tools.sbom import bill
from tools.third_party import Package, packages, page, problems

REPOSITORY = Path(__file__).resolve().parents[2]


def installed(site: Path, name: str, *lines: str) -> Package:
    """One package, as its metadata describes it."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0", *lines]))
    return packages(f"{name}==1.0 --hash=sha256:00", [str(site)])[0]


def own() -> list[Package]:
    """The app's own."""
    return packages((REPOSITORY / "requirements.txt").read_text("utf-8"))


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        (["License-Expression: Apache-2.0 OR BSD-3-Clause"], "Apache-2.0 OR BSD-3-Clause"),
        (["License: MIT License"], "MIT"),
        (["License: Copyright (c) 2021, somebody", "Classifier: License :: OSI Approved :: MIT License"], "MIT"),
        (["License-Expression: MIT AND (ISC OR MPL-2.0)"], "MIT AND (ISC OR MPL-2.0)"),
    ],
)
def test_a_licence_is_read_from_what_a_package_says(tmp_path: Path, lines: list[str], licence: str) -> None:
    """As an expression, in words or as a classifier."""
    found = installed(tmp_path, "web", *lines)
    assert (found.licence, list(problems([found]))) == (licence, [])


@pytest.mark.parametrize(
    ("name", "lines", "told"),
    [
        ("web", [], "web 1.0: its licence is not known"),
        ("web", ["License: see LICENSE"], "web 1.0: its licence is not known"),
        ("web", ["License: GNU LGPL v3+"], "web 1.0: LGPL-3.0-or-later is no licence that is allowed"),
        ("web", ["Classifier: License :: OSI Approved :: BSD License"], "web 1.0: its licence is not known"),
        ("web", ["License-Expression: AGPL-3.0-only"], "web 1.0: its licence is not known"),
    ],
)
def test_what_may_not_be_deployed_is_told(tmp_path: Path, name: str, lines: list[str], told: str) -> None:
    """An unknown licence is none; one that was allowed for a single package holds for no other."""
    [problem] = problems([installed(tmp_path, name, *lines)])
    assert problem.startswith(told)


def test_the_one_exception_is_pygal(tmp_path: Path) -> None:
    """Under the terms that decision 2 states."""
    assert list(problems([installed(tmp_path, "pygal", "License: GNU LGPL v3+")])) == []
    assert "pygal" in (REPOSITORY / "docs/decisions/0002-libraries.md").read_text("utf-8").split("LGPL-3.0")[0][-120:]


def test_a_package_that_is_not_installed_is_told(tmp_path: Path) -> None:
    """Nothing can be said of it then."""
    with pytest.raises(LookupError, match="web: locked but not installed; run make setup"):
        packages("web==1.0 --hash=sha256:00", [str(tmp_path)])


def test_the_apps_own_packages_are_allowed() -> None:
    """All of the lock file, each listed with its licence."""
    found = own()
    assert list(problems(found)) == []
    listed = page(found)
    assert all(f"| {one.name} | {one.version} | {one.licence} |" in listed for one in found)


def test_the_bill_is_one_of_cyclonedx() -> None:
    """Of version 1.6 by its own schema, strictly; with every package and all that leads to it from the app."""
    made = bill("0.1.0", frozenset({canonicalize_name("aiohttp"), canonicalize_name("pygal")}), own())
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(made) is None
    document: dict[str, Any] = json.loads(made)
    leads = {one["ref"]: one.get("dependsOn", []) for one in document["dependencies"]}

    assert {part["name"] for part in document["components"]} == {one.name for one in own()}
    assert all(part["licenses"] for part in document["components"])
    direct = leads["hubwarden@0.1.0"]
    assert [purl.split("@")[0] for purl in direct] == ["pkg:pypi/aiohttp", "pkg:pypi/pygal"]
    assert any(purl.startswith("pkg:pypi/multidict@") for purl in leads[direct[0]])


def test_the_bill_is_the_same_each_time() -> None:
    """It names no time; its number is another for another version or other packages."""
    found, direct = own(), frozenset({canonicalize_name("aiohttp")})
    made = bill("0.1.0", direct, found)
    others = (bill("0.1.1", direct, found), bill("0.1.0", direct, [replace(found[0], version="9"), *found[1:]]))
    assert made == bill("0.1.0", direct, found)
    assert "timestamp" not in made
    assert len({json.loads(one)["serialNumber"] for one in (made, *others)}) == 3
