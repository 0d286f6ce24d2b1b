"""What Directory promises, held against the fake and against the adapter on the stand-in's Microsoft Graph."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from azure.core.credentials import AccessToken

from local.azure.stand_in import AzureStandIn
from shared.adapters.directory import MOST_IDS, MicrosoftGraph
from shared.model.errors import DependencyDown, Forbidden, Rejected, Throttled
from tests.contracts.directory_worlds import DirectoryWorld, FakeDirectoryWorld, StandInDirectoryWorld
from tests.contracts.worlds import AppCredential

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def graph(azure: AzureStandIn) -> AsyncIterator[StandInDirectoryWorld]:
    """The stand-in's directory."""
    world = StandInDirectoryWorld(azure)
    yield world
    await world.close()


@pytest.fixture(params=["fake", "azure"])
def world(request: pytest.FixtureRequest) -> DirectoryWorld:
    """A directory of each kind."""
    if request.param == "fake":
        return FakeDirectoryWorld()
    found: StandInDirectoryWorld = request.getfixturevalue("graph")
    return found


def people(count: int) -> list[str]:
    """So many object ids that nobody has yet."""
    return [str(uuid.uuid4()) for _ in range(count)]


async def test_who_is_there_is_not_missing(world: DirectoryWorld) -> None:
    """Whoever was never there is."""
    ana, bo, nobody = people(3)
    for person in (ana, bo):
        world.join(person)

    assert await world.directory.missing([ana, bo]) == frozenset()
    assert await world.directory.missing([ana, nobody, bo]) == {nobody}


async def test_who_leaves_is_missing_until_they_come_back(world: DirectoryWorld) -> None:
    """Within the time for which an answer is believed."""
    [ana] = people(1)
    answers = []
    for change in (world.join, world.leave, world.join):
        change(ana)
        world.later()
        answers.append(await world.directory.missing([ana]))

    assert answers == [frozenset(), {ana}, frozenset()]


async def test_case_of_an_id_does_not_matter(world: DirectoryWorld) -> None:
    """Who is missing is told as asked."""
    ana, nobody = people(2)
    world.join(ana)

    asked = [ana.upper(), nobody.upper(), nobody]
    assert await world.directory.missing(asked) == {nobody.upper(), nobody}


async def test_what_is_no_object_id_is_never_missing(world: DirectoryWorld) -> None:
    """A name, a GUID in braces or without dashes, the empty one: nobody is said to have left because of them."""
    [nobody] = people(1)
    odd = ["", "ana@contoso.com", f"{{{nobody}}}", nobody.replace("-", ""), f"{nobody}\n", str(uuid.UUID(int=0))]

    assert await world.directory.missing(odd) == frozenset()
    assert await world.directory.missing([*odd, nobody]) == {nobody}


async def test_nobody_is_asked_about(world: DirectoryWorld) -> None:
    """That takes no permission."""
    world.deny()

    assert await world.directory.missing([]) == frozenset()


async def test_more_people_than_one_question_takes(world: DirectoryWorld) -> None:
    """All are told apart."""
    many = people(2 * MOST_IDS + 1)
    for person in many[::2]:
        world.join(person)

    assert await world.directory.missing(many) == frozenset(many[1::2])


async def test_a_missing_permission_is_named(world: DirectoryWorld) -> None:
    """Nobody is called missing for it."""
    world.deny()

    with pytest.raises(Forbidden) as refused:
        await world.directory.missing(people(1))
    assert refused.value.permission == "Directory.Read.All"


async def test_a_directory_that_throttles(world: DirectoryWorld) -> None:
    """It says for how long."""
    world.throttle()

    with pytest.raises(Throttled) as refused:
        await world.directory.missing(people(1))
    assert refused.value.retry_after == 3600


async def test_a_directory_that_is_down(world: DirectoryWorld) -> None:
    """Nobody is called missing for that either."""
    world.fail()

    with pytest.raises(DependencyDown, match="503"):
        await world.directory.missing(people(1))


async def test_applications_have_not_left(graph: StandInDirectoryWorld) -> None:
    """They make instances too, and are no people."""
    assert await graph.directory.missing([graph.azure.options.app_object_id]) == frozenset()


async def test_an_answer_is_believed_for_an_hour(graph: StandInDirectoryWorld) -> None:
    """Each hub's sweep asks about the same people, and Graph once: a thousand in a question, and only whom it must."""
    many = people(MOST_IDS + 1)
    for person in many[1:]:
        graph.join(person)
    begin = graph.questions()
    asked = []
    for who in (many, [*many, *people(1)], many[:2]):
        assert many[0] in await graph.directory.missing(who)
        asked.append(graph.questions() - begin)
    graph.leave(many[1])
    believed = await graph.directory.missing(many[:2])
    graph.later()

    assert asked == [2, 3, 3]
    assert believed == {many[0]}
    assert await graph.directory.missing(many[:2]) == {many[0], many[1]}
    assert graph.questions() - begin == 4


async def test_what_was_not_answered_is_asked_again(graph: StandInDirectoryWorld) -> None:
    """A refusal is no answer to believe, nor is what came before it lost."""
    [ana] = people(1)
    graph.deny()
    with pytest.raises(Forbidden):
        await graph.directory.missing([ana])
    graph.azure.directory.grant(graph.azure.options.app_object_id, ["Directory.Read.All"])

    assert await graph.directory.missing([ana]) == {ana}


async def test_many_ask_at_once(graph: StandInDirectoryWorld) -> None:
    """While an hour goes by, each gets an answer of its own."""
    many = people(50)
    asked = [asyncio.create_task(graph.directory.missing(many[number : number + 10])) for number in range(40)]
    await asyncio.sleep(0)
    graph.later()

    answers = await asyncio.gather(*asked)
    assert answers == [frozenset(many[number : number + 10]) for number in range(40)]


@dataclass(frozen=True)
class OtherCredential(AppCredential):
    """The app's tokens, for ARM whatever is asked for."""

    async def get_token(self, *_scopes: str, **_: object) -> AccessToken:
        """A token for ARM."""
        return await super().get_token("https://management.azure.com/.default")


async def test_a_token_for_another_service_opens_nothing(graph: StandInDirectoryWorld) -> None:
    """Graph looks at whom it was issued for."""
    directory = MicrosoftGraph(OtherCredential(graph.azure), f"{graph.azure.url}/graph", graph.clock)
    with pytest.raises(Rejected, match="401 InvalidAuthenticationToken"):
        await directory.missing(people(1))
    await directory.close()
