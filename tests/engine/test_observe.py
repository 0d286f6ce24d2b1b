"""Observe: what is read for a question, and how many reads that costs."""

import pytest

from shared.engine.observe import Question, observe
from shared.model.estate import Estate
from shared.model.facts import Kind, Seen, Source
from shared.model.resource_id import ResourceId
from shared.rules.catalogue import RULES
from tests.builders import (
    COST_TAGS,
    NOW,
    Document,
    cluster,
    connection,
    dependent,
    dependent_id,
    hub,
    instance,
    project,
    rid,
    vault_secret,
    workspace_id,
)
from tests.fakes import GRAPH, FakeCloud, FakeStore

HUB = rid(workspace_id("hub"))
LINKED = connection(metadata={"ResourceId": dependent_id("account")})
WORLD = (hub(storageAccount=dependent_id()), project(), LINKED, instance(of="project"), cluster())
DEPENDENTS = (dependent(), dependent("account"))
SECRET = vault_secret(account=dependent_id("account"))
VAULT = (dependent("vault", "kv-ai"), SECRET, vault_secret("other"))
WITH_VAULT = (hub(storageAccount=dependent_id(), keyVault=dependent_id("vault", "kv-ai")), *WORLD[1:], *DEPENDENTS)


async def look(
    cloud: FakeCloud,
    *about: Document,
    whole: bool = False,
    around: bool = False,
    keys: bool = False,
    store: FakeStore | None = None,
    taken_down: tuple[ResourceId, ...] = (),
) -> Estate:
    """The estate that answers a question about some resources of the hub."""
    about_these = frozenset(map(rid, about))
    question = Question(
        HUB,
        about_these,
        NOW,
        whole=whole,
        around=around,
        keys=keys,
        taken_down=frozenset(taken_down),
        schema=COST_TAGS,
    )
    return await observe(cloud, store or FakeStore(), RULES, question)


@pytest.mark.parametrize(
    ("about", "around", "reads"),
    [
        pytest.param(instance(of="project"), False, 1, id="compute"),
        pytest.param(instance(of="project"), True, 2, id="compute, policy by tag"),
        pytest.param(project(), False, 2, id="project"),
        pytest.param(LINKED, False, 2, id="connection and target"),
        pytest.param(connection("plain"), False, 1, id="connection"),
        pytest.param(SECRET, False, 1, id="secret"),
        pytest.param(SECRET, True, 2, id="secret, policy by tag"),
    ],
)
async def test_reads(about: Document, around: bool, reads: int) -> None:  # noqa: FBT001 - a case
    """An event costs no more reads than its rules need."""
    cloud = FakeCloud((*WORLD, *DEPENDENTS, *VAULT, connection("plain")))
    estate = await look(cloud, about, around=around)
    assert (cloud.reads, estate.focus) == (reads, frozenset({rid(about)}))


async def test_hub() -> None:
    """A changed hub is judged with its projects and dependents, for they take its tags; its children are not read."""
    estate = await look(FakeCloud((*WORLD, *DEPENDENTS)), hub())
    assert {fact.kind for fact in estate.judged()} == {Kind.HUB, Kind.PROJECT, Kind.STORAGE}
    assert (HUB, Kind.DIAGNOSTIC_SETTING) in estate.listed


async def test_sweep() -> None:
    """A sweep reads everything of the hub's."""
    cloud = FakeCloud((*WORLD, *DEPENDENTS, hub("other"), instance("not-ours", of="other")))
    estate = await look(cloud, whole=True)
    assert {fact.id.name for fact in estate.judged()} == {"hub", "project", "aoai", "ci-jane", "gpu", "stai", "rg-ai"}
    assert {fact.kind for fact in estate if fact.source is Source.INDEX} == {
        Kind.PROJECT,
        Kind.STORAGE,
        Kind.AI_ACCOUNT,
    }


async def test_secrets_are_listed_where_keys_are_looked_at() -> None:
    """A sweep of keys costs one list more for each vault that is leant on; any other look leaves its secrets be."""
    reads = {}
    estates = {}
    for whole, keys in [(True, False), (True, True), (False, True)]:
        cloud = FakeCloud((*WITH_VAULT, *VAULT, dependent("vault", "kv-else"), vault_secret("else", of="kv-else")))
        estates[whole, keys] = await look(cloud, hub(), whole=whole, keys=keys)
        reads[whole, keys] = cloud.reads
    without, swept, event = (
        {fact.id.name for fact in estate.judged() if fact.kind is Kind.SECRET} for estate in estates.values()
    )

    assert (without, swept, event) == (set(), {"ai-key", "other"}, set())
    assert reads[True, True] == reads[True, False] + 1
    assert (rid(VAULT[0]), Kind.SECRET) in estates[True, True].listed


async def test_no_vault_no_list() -> None:
    """Without one, and of one that is gone or not to be read, no list is asked for."""
    gone = FakeCloud(WITH_VAULT)
    denied = FakeCloud((*WITH_VAULT, *VAULT))
    denied.deny(rid(VAULT[0]))
    for cloud in (FakeCloud((*WORLD, *DEPENDENTS)), gone, denied):
        await look(cloud, hub(), whole=True)
        before, cloud.reads = cloud.reads, 0
        estate = await look(cloud, hub(), whole=True, keys=True)
        assert cloud.reads == before
        assert Kind.SECRET not in {kind for _, kind in estate.listed}


async def test_secrets_that_may_not_be_listed() -> None:
    """They are a gap of the vault."""
    cloud = FakeCloud((*WITH_VAULT, *VAULT))
    cloud.deny("microsoft.keyvault/vaults/secrets", "x/read")
    estate = await look(cloud, hub(), whole=True, keys=True)

    assert [(gap.parent, gap.kind, gap.permission) for gap in estate.gaps] == [(rid(VAULT[0]), Kind.SECRET, "x/read")]


async def test_late_index() -> None:
    """A dependent that Resource Graph does not show is read directly, to tell gone from late."""
    cloud = FakeCloud((hub(storageAccount=dependent_id(), keyVault=dependent_id("vault")),))
    cloud.freeze_index()
    cloud.put(dependent())
    estate = await look(cloud, whole=True)
    assert [estate.facts[rid(dependent_id(kind))].seen for kind in ("storage", "vault")] == [Seen.PRESENT, Seen.ABSENT]


async def test_index_down() -> None:
    """Without Resource Graph the family is a gap, and dependents are read directly."""
    cloud = FakeCloud((*WORLD, *DEPENDENTS))
    cloud.down(GRAPH)
    estate = await look(cloud, whole=True)
    assert [(gap.parent, gap.kind) for gap in estate.gaps] == [(HUB, Kind.PROJECT)]
    assert estate.facts[rid(dependent_id())].source is Source.LIVE


async def test_gap() -> None:
    """A list that is refused is a gap, not an empty list."""
    cloud = FakeCloud((*WORLD, *DEPENDENTS))
    cloud.deny("microsoft.machinelearningservices/workspaces/computes", "x/read")
    estate = await look(cloud, whole=True)
    assert {(gap.parent.name, gap.kind, gap.permission) for gap in estate.gaps} == {
        ("hub", Kind.COMPUTE, "x/read"),
        ("project", Kind.COMPUTE, "x/read"),
    }
    assert (HUB, Kind.COMPUTE) not in estate.listed


async def test_sharing() -> None:
    """Who else leans on a dependent comes from the lineage index, and that hub is read."""
    store, other = FakeStore(), rid(workspace_id("other"))
    await store.belongs(other, [rid(dependent())])
    estate = await look(FakeCloud((*WORLD, *DEPENDENTS, hub("other"))), hub(), store=store)
    assert estate.users_of(rid(dependent())) == (HUB, other)
    assert (estate.facts[other].present, other in (estate.focus or ())) == (True, False)


def keyed(number: int, of: str = "hub", account: str = "stai") -> Document:
    """A connection that keeps a key of an account."""
    named = {"ResourceId": dependent_id("account", account)}
    return connection(f"keyed-{number}", of=of, authType="ApiKey", metadata=named)


@pytest.mark.parametrize(("accounts", "connections"), [(1, 1), (1, 20), (3, 20)])
async def test_roles_cost_a_read_an_account(accounts: int, connections: int) -> None:
    """A sweep lists the role assignments of each account whose key is kept, not once for each who keeps it."""
    named = [dependent("account", f"ai-{n}", customSubDomainName="x") for n in range(accounts)]
    kept = [keyed(n, "hub" if n % 2 else "project", f"ai-{n % accounts}") for n in range(connections)]
    keyless = [{**one, "properties": {**one["properties"], "authType": "AAD"}} for one in kept]
    clouds = [FakeCloud((hub(), project(), *named, *these)) for these in (keyless, kept)]
    estates = [await look(cloud, whole=True) for cloud in clouds]
    listed = [{parent for parent, kind in estate.listed if kind is Kind.ROLE_ASSIGNMENT} for estate in estates]

    assert clouds[1].reads - clouds[0].reads == accounts
    assert listed == [set(), {rid(account) for account in named}]


async def test_roles_are_read_in_sweeps_only() -> None:
    """Events about a connection by key and about its account cost the reads that they always did."""
    account = dependent("account", customSubDomainName="x")
    clouds = [FakeCloud((hub(), account, keyed(1))) for _ in range(2)]
    alone, together = [
        await look(cloud, *about) for cloud, about in zip(clouds, [(keyed(1),), (keyed(1), account)], strict=True)
    ]

    assert clouds[0].reads == 2
    assert [(estate.whole, estate.listed) for estate in (alone, together)] == [(False, frozenset())] * 2


async def test_an_instance_that_was_taken_down_is_looked_for() -> None:
    """Where it is gone by its event its workspace is judged too, for a rule of that wants it back."""
    gone = rid(instance("gone", of="project"))
    for about, whole in [
        ((instance("gone", of="project"),), False),
        ((project(),), False),
        ((hub(),), False),
        ((), True),
    ]:
        cloud = FakeCloud((*WORLD, *DEPENDENTS))
        estate = await look(cloud, *about, whole=whole, taken_down=(gone,))

        assert (estate.facts[gone].seen, estate.facts[rid(project())].present) == (Seen.ABSENT, True)
        assert {gone, rid(project())} <= (estate.focus or frozenset())


async def test_an_instance_that_was_taken_down_costs_others_nothing() -> None:
    """Neither an event about something else, nor a sweep once it is there again; away it costs a sweep one read."""
    down = rid(instance(of="project"))
    without = [document for document in WORLD if rid(document) != down]
    reads = []
    for world, whole, taken_down in [
        (WORLD, False, ()),
        (WORLD, False, (down,)),
        (WORLD, True, ()),
        (WORLD, True, (down,)),
        (without, True, (down,)),
    ]:
        cloud = FakeCloud((*world, *DEPENDENTS))
        await look(cloud, *(() if whole else (cluster(),)), whole=whole, taken_down=taken_down)
        reads.append(cloud.reads)

    assert reads == [1, 1, reads[2], reads[2], reads[2] + 1]


async def test_of_a_workspace_that_is_not_read_nobody_is_looked_for() -> None:
    """What is in one that nobody may see is not gone."""
    cloud = FakeCloud((*WORLD, *DEPENDENTS))
    cloud.deny(rid(project()))
    estate = await look(cloud, project(), taken_down=(rid(instance("gone", of="project")),))

    assert rid(instance("gone", of="project")) not in estate.facts


async def test_a_sweep_costs_computes_one_list_a_workspace() -> None:
    """However many there are; those of a hub are asked for once, for they do not show in its projects."""
    many = [instance(f"ci-{n}", of=of) for n in range(20) for of in ("hub", "project")]
    costs = []
    for computes in ((), many):
        cloud = FakeCloud((hub(), project(), *computes))
        estate = await look(cloud, whole=True)
        costs.append((cloud.reads, sum(kind is Kind.COMPUTE for _, kind in estate.listed)))

    assert costs[0] == costs[1]
    assert costs[0][1] == 2
