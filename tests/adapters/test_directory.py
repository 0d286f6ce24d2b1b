"""What Microsoft Graph is asked, byte for byte, and what is made of an answer that is none."""

import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.adapters.directory import MicrosoftGraph
from shared.model.errors import DependencyDown, Forbidden
from tests.adapters.script import TOKEN, FixedCredential, Script
from tests.fakes import FakeClock

ANA, BO = "0c1e5a0a-1111-4000-8000-00000000abcd", "0c1e5a0a-2222-4000-8000-00000000abcd"


@pytest_asyncio.fixture
async def directory(script: Script, clock: FakeClock) -> AsyncIterator[MicrosoftGraph]:
    """Microsoft Graph by script."""
    own = MicrosoftGraph(FixedCredential(), f"{script.url}/", clock)
    yield own
    await own.close()


async def test_one_question(directory: MicrosoftGraph, script: Script) -> None:
    """Each id once, in lower case and in order; people and applications."""
    script.answer(200, {"value": [{"@odata.type": "#microsoft.graph.user", "id": BO.upper(), "displayName": "Bo"}]})
    assert await directory.missing([BO, ANA.upper(), ANA]) == {ANA, ANA.upper()}

    [asked] = script.asked
    assert (asked.method, asked.path, asked.query) == ("POST", "/v1.0/directoryObjects/getByIds", {})
    assert asked.body == {"ids": [ANA, BO], "types": ["user", "servicePrincipal"]}
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"value": None},
        {"value": [{"id": ANA}], "@odata.nextLink": "https://graph.microsoft.com/v1.0/next"},
        "no JSON",
        [],
    ],
)
async def test_half_an_answer_calls_nobody_missing(directory: MicrosoftGraph, script: Script, answer: object) -> None:
    """Whoever it leaves out may well be there; nothing of it is believed."""
    script.answer(200, answer)
    script.answer(200, {"value": [{"id": ANA}, {"id": BO}, None, {}]})
    with pytest.raises(DependencyDown):
        await directory.missing([ANA, BO])

    assert await directory.missing([ANA, BO]) == frozenset()
    assert len(script.asked) == 2


async def test_no_token_and_no_name_is_told(
    directory: MicrosoftGraph, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in the log nor in what is raised, whatever Graph says."""
    caplog.set_level(logging.DEBUG)
    script.answer(200, {"value": [{"id": ANA, "displayName": "Ana Contoso"}]})
    script.answer(403, {"error": {"code": "Authorization_RequestDenied", "message": f"Bearer {TOKEN} will not do."}})
    await directory.missing([ANA])
    with pytest.raises(Forbidden, match=r"Directory\.Read\.All") as refused:
        await directory.missing([BO])

    told = caplog.text + str(refused.value) + repr(directory.__dict__)
    assert TOKEN not in told
    assert "Contoso" not in told
