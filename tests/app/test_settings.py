"""Settings that have a rule of their own."""

from pathlib import Path

import pytest

from shared.model.errors import SettingsInvalid
from shared.settings import Keys, Settings
from tests.app.test_receiving import SETTINGS

BLOBS = "https://st.blob.core.windows.net"


def read(**more: str) -> Settings:
    """Complete settings, and these."""
    return Settings.read({**SETTINGS, **more}, Path())


@pytest.mark.parametrize(
    ("environment", "endpoint"),
    [
        ({}, ""),
        ({"AzureWebJobsStorage__blobServiceUri": f"{BLOBS}/"}, BLOBS),
        (
            {"AzureWebJobsStorage__blobServiceUri": BLOBS, "HUBWARDEN_REPORTS_ENDPOINT": "https://other.example"},
            "https://other.example",
        ),
        ({"AzureWebJobsStorage__blobServiceUri": BLOBS, "HUBWARDEN_REPORTS_ENDPOINT": ""}, ""),
    ],
)
def test_reports_go_to_the_hosts_storage(environment: dict[str, str], endpoint: str) -> None:
    """Unless another place is set; to set an empty one means to keep none."""
    assert read(**environment).reports_endpoint == endpoint


def test_reports_have_a_container() -> None:
    """One of our own by default, or another."""
    assert read().reports_container == "hubwarden-reports"
    assert read(HUBWARDEN_REPORTS_CONTAINER="finance-2026").reports_container == "finance-2026"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUBWARDEN_REPORTS_ENDPOINT", "http://st.blob.core.windows.net"),
        *(
            ("HUBWARDEN_REPORTS_CONTAINER", bad)
            for bad in ("", "ab", "Reports", "a--b", "-ab", "ab-", "$web", "a" * 64)
        ),
    ],
)
def test_what_azure_would_refuse_is_refused_at_once(name: str, value: str) -> None:
    """A place without TLS and a name that no container can have are told by their setting."""
    with pytest.raises(SettingsInvalid, match=f"setting {name}: expected"):
        read(**{name: value})


def test_no_key_is_looked_at_by_default() -> None:
    """It takes a word, and no other word will do."""
    assert read().keys is Keys.OFF
    assert read(HUBWARDEN_KEYS="check").keys is Keys.CHECK
    assert read(HUBWARDEN_KEYS="rotate").keys is Keys.ROTATE
    with pytest.raises(SettingsInvalid, match="setting HUBWARDEN_KEYS: expected off, check or rotate"):
        read(HUBWARDEN_KEYS="renew")


def test_services_and_logs_are_azures_own() -> None:
    """Unless a machine without Azure says where they are; a key goes nowhere without TLS."""
    assert (read().data_plane, read().logs_query_endpoint) == ("", "https://api.loganalytics.io")
    local = read(HUBWARDEN_DATA_PLANE="https://127.0.0.1:1/d/", HUBWARDEN_LOGS_QUERY_ENDPOINT="https://127.0.0.1:1/v1")
    assert (local.data_plane, local.logs_query_endpoint) == ("https://127.0.0.1:1/d", "https://127.0.0.1:1/v1")
    with pytest.raises(SettingsInvalid, match="setting HUBWARDEN_DATA_PLANE: expected an https URL"):
        read(HUBWARDEN_DATA_PLANE="http://127.0.0.1:1")


def test_nobody_is_looked_up_by_default() -> None:
    """It takes the address of Microsoft Graph, with TLS."""
    assert read().directory_endpoint == ""
    assert read(HUBWARDEN_DIRECTORY_ENDPOINT="https://graph.microsoft.com/").directory_endpoint == (
        "https://graph.microsoft.com"
    )
    with pytest.raises(SettingsInvalid, match="setting HUBWARDEN_DIRECTORY_ENDPOINT: expected an https URL"):
        read(HUBWARDEN_DIRECTORY_ENDPOINT="graph.microsoft.com")
