"""ARM resource ids: what is one, what they are equal by, and how they lead to parents and bases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.model.errors import BadResourceId
from shared.model.resource_id import LONGEST, ResourceId
from tests.builders import GROUP, SUBSCRIPTION, WORKSPACES

HUB = f"{WORKSPACES}/hub"
TAGS = f"{HUB}/providers/Microsoft.Resources/tags/default"


def swapped(text: str) -> str:
    """The same id with every letter in the other case, as Azure may well send it."""
    return text.swapcase()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "hub",
        "/providers/Microsoft.MachineLearningServices/workspaces/hub",
        f"https://management.azure.com{HUB}",
        f"{WORKSPACES}/../workspaces/hub",
        f"{WORKSPACES}/./hub",
        f"{WORKSPACES}/..",
        f"{WORKSPACES}/.",
        f"{WORKSPACES}/a%2Fb",
        f"{WORKSPACES}/a%2e%2e",
        f"{WORKSPACES}//hub",
        f"{WORKSPACES}/a\\b",
        f"{WORKSPACES}/hub?api-version=1",
        f"{WORKSPACES}/hub#x",
        f"{WORKSPACES}/hub\n",
        f"{WORKSPACES}/hub\x00",
        f"{WORKSPACES}/hub\x1b[31m",
        f"{WORKSPACES}/hub'--",
        WORKSPACES,
        f"{HUB}/connections",
    ],
    ids=repr,
)
def test_refused(text: str) -> None:
    """What is not a plain path of ARM segments is no id, and the reason stays on one printable line."""
    with pytest.raises(BadResourceId) as refused:
        ResourceId.parse(text)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("start", [HUB, "/\n\x1b[31m"], ids=["an id", "control characters"])
def test_far_too_long(start: str) -> None:
    """Ten kilobytes are refused before anything looks at them, and the complaint is short and printable."""
    with pytest.raises(BadResourceId) as refused:
        ResourceId.parse(start + "x" * 10_240)
    message = str(refused.value)
    assert (message.isprintable(), len(message) < 300) == (True, True)


def test_longest() -> None:
    """The longest id there may be is one."""
    text = HUB + "x" * (LONGEST - len(HUB))
    assert ResourceId.parse(text).text == text


@given(st.text(max_size=200))
def test_any_text(tail: str) -> None:
    """Whatever follows a good id, either it is an id too, or BadResourceId says why not on one line."""
    try:
        said = ResourceId.parse(f"{HUB}/{tail}").text
    except BadResourceId as refused:
        said = str(refused)
    assert said.isprintable()


@pytest.mark.parametrize("other", [HUB.upper(), HUB.lower(), swapped(HUB), f"{HUB}/"])
def test_equal(other: str) -> None:
    """Ids compare as Azure compares them: without case, without a trailing slash."""
    first, second = ResourceId.parse(HUB), ResourceId.parse(other)
    assert (first == second, len({first, second})) == (True, 1)


def test_unequal() -> None:
    """Another name is another resource, and an id is no text."""
    hub = ResourceId.parse(HUB)
    assert (hub == ResourceId.parse(f"{HUB}2"), hub == HUB) == (False, False)


def test_text_stays() -> None:
    """People read an id as it was written."""
    assert str(ResourceId.parse(f"{WORKSPACES}/Hub-Contoso")) == f"{WORKSPACES}/Hub-Contoso"


def test_order() -> None:
    """Ids sort without case, so that a plan has one order."""
    ids = [ResourceId.parse(f"{WORKSPACES}/{name}") for name in ("b", "A", "C")]
    assert [i.name for i in sorted(ids)] == ["A", "b", "C"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"/subscriptions/{SUBSCRIPTION}", "microsoft.resources/subscriptions"),
        (GROUP, "microsoft.resources/resourcegroups"),
        (HUB, "microsoft.machinelearningservices/workspaces"),
        (f"{HUB}/connections/c", "microsoft.machinelearningservices/workspaces/connections"),
        (swapped(f"{HUB}/computes/c"), "microsoft.machinelearningservices/workspaces/computes"),
        (TAGS, "microsoft.resources/tags"),
        (f"{HUB}/connections/providers", "microsoft.machinelearningservices/workspaces/connections"),
        (
            f"{HUB}/onlineEndpoints/e/deployments/d",
            "microsoft.machinelearningservices/workspaces/onlineendpoints/deployments",
        ),
    ],
)
def test_type(text: str, kind: str) -> None:
    """The type is what stands between the names, in lower case, of an extension its own."""
    assert ResourceId.parse(text).type == kind


@pytest.mark.parametrize(
    ("text", "parent"),
    [
        (GROUP, None),
        (HUB, None),
        (TAGS, None),
        (f"{HUB}/connections/c", HUB),
        (f"{HUB}/onlineEndpoints/e/deployments/d", f"{HUB}/onlineEndpoints/e"),
        (f"{HUB}/connections/c".upper(), HUB),
        (f"{HUB}/connections/c".replace("providers", "Providers"), HUB),
    ],
)
def test_parent(text: str, parent: str | None) -> None:
    """The parent is one level up, in whatever case; a resource of its own has none."""
    assert ResourceId.parse(text).parent == (None if parent is None else ResourceId.parse(parent))


@pytest.mark.parametrize(
    ("text", "base"),
    [
        (HUB, HUB),
        (GROUP, GROUP),
        (TAGS, HUB),
        (TAGS.upper(), HUB),
        (f"{HUB}/connections/c/providers/Microsoft.Insights/diagnosticSettings/d", f"{HUB}/connections/c"),
        (f"{HUB}/providers/Microsoft.A/b/c/providers/Microsoft.D/e/f", HUB),
    ],
)
def test_base(text: str, base: str) -> None:
    """Tags and settings hang on a resource, and that is the one to look at."""
    assert ResourceId.parse(text).base == ResourceId.parse(base)


@pytest.mark.parametrize("group", ["providers", "straße", "İzmir"])
def test_odd_groups(group: str) -> None:
    """A group's name may be a word of ARM's, or grow when its case is folded; the parts stay where they are."""
    hub = (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/w"
    )
    tags = ResourceId.parse(f"{hub}/providers/Microsoft.Resources/tags/default")
    child = ResourceId.parse(f"{hub}/connections/c")
    assert (tags.base.text, str(child.parent), child.base.text) == (hub, hub, f"{hub}/connections/c")


def test_parts() -> None:
    """Subscription in lower case; group and name as written; a subscription has no group."""
    hub = ResourceId.parse(
        HUB.replace(SUBSCRIPTION, "ABCD").replace("rg-ai", "RG-ai").replace("resourceG", "RESOURCEg")
    )
    assert (hub.subscription, hub.resource_group, hub.name) == ("abcd", "RG-ai", "hub")
    assert ResourceId.parse("/subscriptions/ABCD").resource_group == ""


@pytest.mark.parametrize(
    ("inner", "outer", "within"),
    [
        (f"{HUB}/connections/c", HUB.upper(), True),
        (HUB, HUB, True),
        (HUB, GROUP, True),
        (f"{HUB}2", HUB, False),
        (HUB, f"{HUB}/connections/c", False),
    ],
)
def test_within(inner: str, outer: str, within: bool) -> None:  # noqa: FBT001 - the expected answer
    """A resource lies within itself and what it is under, but a longer name is not within a shorter."""
    assert ResourceId.parse(inner).within(ResourceId.parse(outer)) is within


def test_child() -> None:
    """A child made from its parent is the one Azure names."""
    assert ResourceId.parse(HUB).child("connections", "c") == ResourceId.parse(f"{HUB}/connections/c")


@pytest.mark.parametrize("field", [None, "", 7, [], "none", "/subscriptions", f"{HUB}/.."], ids=repr)
def test_find_nothing(field: object) -> None:
    """A field that is absent, null, empty, or no id at all holds no id; that is no error."""
    assert ResourceId.find(field) is None


def test_find() -> None:
    """A field with an id holds it."""
    assert ResourceId.find(HUB) == ResourceId.parse(HUB)
