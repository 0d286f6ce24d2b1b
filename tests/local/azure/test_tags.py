"""The tags API: merge, delete and replace on resources, groups and subscriptions, and its limits."""

import pytest

from tests.local.azure.client import GROUP, HUB, STORAGE, SUBSCRIPTION, Arm

TAGS = "/providers/Microsoft.Resources/tags/default"


def body(operation: str, **tags: str) -> dict[str, object]:
    return {"operation": operation, "properties": {"tags": tags}}


@pytest.mark.parametrize("scope", [HUB, STORAGE, GROUP, f"/subscriptions/{SUBSCRIPTION}"])
async def test_merge_keeps_the_other_tags(arm: Arm, scope: str) -> None:
    """Names are added, values of known names overwritten, the rest stays; the answer is the whole set."""
    before = (await arm.ok("GET", scope)).get("tags") or {}
    answer = await arm.ok("PATCH", scope + TAGS, body("Merge", CostCenter="1", owner="joe"))
    spelled = "Owner" if "Owner" in before else "owner"
    expected = {**before, "CostCenter": "1", spelled: "joe"}
    assert expected == answer["properties"]["tags"] == (await arm.ok("GET", scope))["tags"]


async def test_a_resource_write_is_not_needed(arm: Arm) -> None:
    """Tagging changes the tags and nothing else: no operation, no `systemData`."""
    before = await arm.ok("GET", HUB)
    await arm.ok("PATCH", HUB + TAGS, body("Merge", a="b"))
    after = await arm.ok("GET", HUB)
    assert {**before, "tags": {"Owner": "jane", "a": "b"}} == after


async def test_delete_goes_by_name_or_by_name_and_value(arm: Arm) -> None:
    """A value that does not match keeps the tag; names match in any case."""
    await arm.ok("PUT", HUB + TAGS, {"properties": {"tags": {"A": "1", "B": "2"}}})
    answer = await arm.ok("PATCH", HUB + TAGS, body("Delete", a="1", b="other"))
    assert answer["properties"]["tags"] == {"B": "2"}


async def test_replace_put_and_delete_set_the_whole(arm: Arm) -> None:
    """Replace and PUT leave exactly what was given; DELETE leaves none."""
    replaced = await arm.ok("PATCH", HUB + TAGS, body("Replace", x="1"))
    put = await arm.ok("PUT", HUB + TAGS, {"properties": {"tags": {"y": "2"}}})
    await arm.ok("DELETE", HUB + TAGS)
    left = await arm.ok("GET", HUB + TAGS)
    assert [one["properties"]["tags"] for one in (replaced, put, left)] == [{"x": "1"}, {"y": "2"}, {}]


@pytest.mark.parametrize(
    ("scope", "operation", "tags"),
    [
        (HUB, "Merge", {f"t{number}": "" for number in range(50)}),
        (HUB, "Merge", {"n" * 513: "v"}),
        (STORAGE, "Merge", {"n" * 129: "v"}),
        (HUB, "Merge", {"name": "v" * 257}),
        (HUB, "Merge", {"a/b": "v"}),
        (HUB, "Add", {"a": "b"}),
    ],
    ids=["51 tags", "long name", "long name on storage", "long value", "refused character", "unknown operation"],
)
async def test_what_breaks_a_limit_is_refused_whole(arm: Arm, scope: str, operation: str, tags: dict[str, str]) -> None:
    """400, and the tags stay as they were."""
    before = await arm.ok("GET", scope + TAGS)
    answer = await arm("PATCH", scope + TAGS, body(operation, **tags))
    assert answer.status == 400
    assert before == await arm.ok("GET", scope + TAGS)
