"""What the stage gives the app before anybody plays on it."""

import json
from pathlib import Path

import pytest

from local.stage import REPOSITORY, StageOptions, role_names


@pytest.mark.parametrize(
    ("mode", "keys", "expected"),
    [
        ("audit", {}, ["reader"]),
        ("audit", {"HUBWARDEN_KEYS": "off"}, ["reader"]),
        ("enforce", {"HUBWARDEN_KEYS": "check"}, ["enforcer", "key-reader"]),
        ("enforce", {"HUBWARDEN_KEYS": "rotate"}, ["enforcer", "key-reader", "rotation-reader", "key-rotator"]),
        ("audit", {"HUBWARDEN_KEYS": "rotate"}, ["reader", "key-reader", "rotation-reader"]),
    ],
)
def test_the_app_gets_the_roles_that_its_settings_take(mode: str, keys: dict[str, str], expected: list[str]) -> None:
    """One for the mode, one for what it does with keys, and each is there."""
    options = StageOptions(directory=Path(), estate=Path(), subscription="s", mode=mode, environment=keys)

    assert role_names(options) == expected
    for name in expected:
        assert json.loads((REPOSITORY / "infra" / f"{name}-role.json").read_text())["Actions"]
