"""Tokens over the wire, and the certificates they travel under."""

import stat
from pathlib import Path

import jwt
from azure.identity.aio import ManagedIdentityCredential

from local.azure.options import Options
from local.certificates import ensure_certificates
from tests.local.azure.client import Arm
from tests.local.azure.conftest import StandIn


async def test_the_managed_identity_gets_a_token_azurite_takes(
    arm: Arm, app_credential: ManagedIdentityCredential
) -> None:
    """Audience, issuer and lifetime are what `--oauth basic` looks at; the claims say who the app is."""
    token = await app_credential.get_token("https://storage.azure.com/.default")
    claims = jwt.decode(token.token, options={"verify_signature": False})
    options = arm.azure.options
    assert (claims["aud"], claims["iss"]) == ("https://storage.azure.com", f"https://sts.windows.net/{options.tenant}/")
    assert claims["nbf"] <= arm.azure.clock.seconds() < claims["exp"] == token.expires_on
    assert (claims["oid"], claims["appid"], claims["idtyp"]) == (options.app_object_id, options.app_client_id, "app")


async def test_the_identity_endpoint_wants_its_header_and_a_resource(arm: Arm) -> None:
    """A wrong header is 401, a missing resource or api-version 400."""
    endpoint = arm.azure.identity_endpoint
    header = {"X-IDENTITY-HEADER": arm.azure.identity_environment()["IDENTITY_HEADER"]}
    asked = {"api-version": "2019-08-01", "resource": "https://x"}
    statuses = []
    for params, headers in ((asked, {}), ({"resource": "https://x"}, header), (asked, header)):
        async with arm.session.get(endpoint, params=params, headers=headers) as answer:
            statuses.append(answer.status)
    assert statuses == [401, 400, 200]


async def test_the_app_is_told_apart_by_its_resource(stand_in: StandIn) -> None:
    """`xms_mirid` names the function app when the options do."""
    async with stand_in(Options(app_resource_id="/subscriptions/s/func")) as arm:
        assert arm.azure.directory.app()["xms_mirid"] == "/subscriptions/s/func"


async def test_sign_in_refuses_what_names_nobody(arm: Arm) -> None:
    """Neither a scope-less request nor an unknown app gets a token."""
    url = f"{arm.azure.url}/{arm.azure.options.tenant}/oauth2/v2.0/token"
    for form in ({"client_id": "jane@contoso.example"}, {"client_id": "unknown", "scope": "https://x/.default"}):
        async with arm.session.post(url, data=form) as answer:
            assert (answer.status, (await answer.json())["error"]) == (400, "invalid_request")


def test_certificates_are_made_once_and_kept(tmp_path: Path) -> None:
    """The second call returns the same files; the private key is readable by its owner alone."""
    first = ensure_certificates(tmp_path / "tls")
    before = [file.read_bytes() for file in (first.ca, first.server, first.key)]
    second = ensure_certificates(tmp_path / "tls")
    assert before == [file.read_bytes() for file in (second.ca, second.server, second.key)]
    assert stat.S_IMODE(first.key.stat().st_mode) == 0o600


def test_broken_certificates_are_replaced(tmp_path: Path) -> None:
    """A key that does not belong to the certificate, and a damaged file, both lead to a new set that works."""
    other = ensure_certificates(tmp_path / "other")
    mixed = ensure_certificates(tmp_path / "tls")
    mixed.key.write_bytes(other.key.read_bytes())
    ensure_certificates(tmp_path / "tls").server_context()
    assert mixed.key.read_bytes() != other.key.read_bytes()
    mixed.ca.write_text("damaged")
    ensure_certificates(tmp_path / "tls").client_context()
