"""When requests look for a proxy."""

import pytest

from shared.adapters.proxies import proxied

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names no proxy."""
    for name in (*NAMES, *(name.upper() for name in NAMES)):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_a_bare_environment_has_no_proxy(bare: pytest.MonkeyPatch) -> None:
    """Where the environment names no proxy, no request looks for one."""
    del bare
    assert not proxied()


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY"])
def test_a_named_proxy_is_heeded(bare: pytest.MonkeyPatch, name: str) -> None:
    """A proxy that the environment names, in either case, is looked for as before."""
    bare.setenv(name, "http://proxy.contoso.example:3128")
    assert proxied()
