"""What makes a GET cheap must not make it wrong: remembered bodies, remembered tokens, the indexed table."""

import json

import pytest

from local.azure.arm import bodies
from local.azure.arm.bodies import Bodies
from local.azure.arm.plain import read_any
from local.azure.arm.routing import Router, route
from local.azure.clock import Clock
from local.azure.tokens import LIFETIME_SECONDS, TokenIssuer, TokenRefusedError
from tests.local.azure.client import HUB, STORAGE, Arm

AUDIENCE = "https://management.azure.com"


async def test_a_get_sees_every_write(arm: Arm) -> None:
    """A document read before a write is read anew after it."""
    await arm.ok("GET", STORAGE)
    await arm.ok("PATCH", STORAGE, {"tags": {"CostCenter": "CC-1"}})
    after = await arm.ok("GET", STORAGE)
    assert after["tags"] == {"CostCenter": "CC-1"}


async def test_a_body_says_what_it_is(arm: Arm) -> None:
    """JSON in UTF-8, whether it was encoded for this answer or for an earlier one."""
    first, second = [await arm("GET", HUB) for _ in range(2)]
    assert first.body == second.body
    assert [one.headers["Content-Type"] for one in (first, second)] == ["application/json; charset=utf-8"] * 2


def test_equal_documents_are_not_one_document() -> None:
    """What is remembered belongs to one object: another one with the same id is encoded by itself."""
    remembered = Bodies()
    old, new = {"id": "/a", "tags": {}}, {"id": "/a", "tags": {"ä": "ö"}}
    for _ in range(2):
        assert json.loads(remembered.encoded(old)) == old
        assert json.loads(remembered.encoded(new)) == new


def test_remembered_bodies_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is full, all is forgotten, and every body still comes out right; lists are never kept."""
    monkeypatch.setattr(bodies, "REMEMBERED", 3)
    remembered = Bodies()
    documents = [{"id": f"/{number}"} for number in range(10)]
    assert documents == [json.loads(remembered.encoded(one)) for one in documents]
    remembered.encoded({"value": documents})
    assert len(remembered) <= 3


def test_a_remembered_token_still_ends(clock: Clock) -> None:
    """A token whose signature was checked once is refused all the same when its day is over, or elsewhere."""
    issuer = TokenIssuer("tenant", clock)
    header = f"Bearer {issuer.issue(AUDIENCE, {'oid': 'jane'}).value}"
    for _ in range(2):
        assert issuer.check(header, [AUDIENCE])["oid"] == "jane"
    with pytest.raises(TokenRefusedError, match="wrong audience"):
        issuer.check(header, ["https://vault.azure.net"])
    clock.advance(LIFETIME_SECONDS)
    with pytest.raises(TokenRefusedError, match="expiry"):
        issuer.check(header, [AUDIENCE])


def test_a_token_of_another_issuer_is_never_remembered(clock: Clock) -> None:
    """A wrong signature is refused the second time as well."""
    forged = f"Bearer {TokenIssuer('tenant', clock).issue(AUDIENCE, {'oid': 'jane'}).value}"
    issuer = TokenIssuer("tenant", clock)
    for _ in range(2):
        with pytest.raises(TokenRefusedError, match="invalid"):
            issuer.check(forged, [AUDIENCE])


@pytest.mark.parametrize(
    ("path", "template", "names"),
    [
        ("/a/x/B/y", "/a/{one}/b/{two}", {"one": "x", "two": "y"}),
        ("/A/x/b/Fixed/", "/a/{one}/b/fixed", {"one": "x"}),
        ("/a/x/tags", "{scope}/tags", {"scope": "/a/x"}),
        ("/a/x/tags/own", "{scope}/tags/own", {"scope": "/a/x"}),
    ],
)
def test_the_most_fixed_template_is_found(path: str, template: str, names: dict[str, str]) -> None:
    """Letter case does not matter, values keep theirs, and a fixed segment goes before a parameter."""
    templates = ("/a/{one}/b/{two}", "/a/{one}/b/fixed", "{scope}/tags", "{scope}/tags/own")
    found = Router([route("GET", one, read_any) for one in templates]).match("GET", path)
    assert found is not None
    assert (found[0].template, found[1]) == (template, names)


@pytest.mark.parametrize(("method", "path"), [("PUT", "/a/x/b/y"), ("GET", "/a/x/c/y"), ("GET", "/tags"), ("GET", "/")])
def test_what_no_template_fits_is_not_found(method: str, path: str) -> None:
    """Another method, another segment, and a scope that is none."""
    templates = ("/a/{one}/b/{two}", "{scope}/tags")
    assert Router([route("GET", one, read_any) for one in templates]).match(method, path) is None


@pytest.fixture
def clock() -> Clock:
    return Clock()
