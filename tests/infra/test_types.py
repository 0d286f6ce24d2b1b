"""Excerpts of type definitions: read from what Microsoft's tools say, written and read back as the same."""

import json
from pathlib import Path
from typing import Any

from tools.bicep import from_azmcp
from tools.bicep.definitions import BODY, FOLDER, Definition, Property, Shape, read, write
from tools.bicep.from_sdk import Models

REPOSITORY = Path(__file__).resolve().parents[2]


def part(name: str, type_: str, flags: str = "") -> dict[str, str]:
    """A property as the server lists it."""
    return {"name": name, "type": type_, "flags": flags}


SERVED: list[dict[str, Any]] = [
    {
        "$type": "Resource",
        "name": "Contoso.Things/boxes@2026-01-01",
        "writableScopes": "ResourceGroup, Subscription",
        "bodyType": {
            "$type": "Object",
            "properties": [
                part("id", "string", "ReadOnly, DeployTimeConstant"),
                part("name", "string", "Required, DeployTimeConstant"),
                part("lid", "Lid"),
                part("sizes", "(Small | Large)[]"),
                part("mode", "Lid | Open | string"),
                part("only", "Fixed", "Required"),
            ],
        },
    },
    {"$type": "ResourceInstanceFunction", "name": "listKeys"},
    {
        "$type": "DiscriminatedObject",
        "name": "Lid",
        "discriminator": "kind",
        "baseProperties": [part("colour", "string")],
        "elements": [
            {"$type": "Object", "properties": [part("kind", "Flat", "Required"), part("flat", "Flatness")]},
            {"$type": "Object", "properties": [part("kind", "Round", "Required")]},
        ],
    },
    {"$type": "Object", "name": "Flatness", "properties": [], "additionalPropertiesType": "int"},
]
for element in SERVED[2]["elements"]:
    element["name"] = "LidElement"


def test_the_server_s_types_become_shapes() -> None:
    """Literals get the quotes that the server leaves out, also one that is called like a type; flags become words."""
    found = from_azmcp.read(SERVED, "contoso.things/Boxes", "here")

    assert (found.type, found.version, found.scopes) == (
        "Contoso.Things/boxes",
        "2026-01-01",
        frozenset({"resourceGroup", "subscription"}),
    )
    assert found.body.properties == {
        "id": Property("string", read_only=True),
        "name": Property("string", required=True),
        "lid": Property("Lid"),
        "sizes": Property("'Small' | 'Large'[]"),
        "mode": Property("'Lid' | 'Open' | string"),
        "only": Property("'Fixed'", required=True),
    }
    assert found.types["Lid"] == Shape(
        {"colour": Property("string")}, by="kind", variants={"Flat": "LidElement Flat", "Round": "LidElement Round"}
    )
    assert found.types["LidElement Flat"].properties["flat"] == Property("Flatness")
    assert found.types["Flatness"] == Shape({}, others="int")


def test_the_sdk_s_models_become_shapes() -> None:
    """What stands under `properties` on the wire, lists, maps and enumerations, as a real package tells them."""
    models = Models("azure.mgmt.machinelearningservices.models")

    found = models.definition("Microsoft.MachineLearningServices/workspaces", "2023-04-01", "Workspace", "the SDK")

    assert found.body.properties["name"] == Property("string", required=True)
    assert found.body.properties["id"] == Property("string", read_only=True)
    assert found.body.properties["tags"] == Property("each string")
    assert found.types["each string"] == Shape({}, others="string")
    inner = found.types[found.body.properties["properties"].type]
    assert inner.properties["hbiWorkspace"] == Property("bool")
    assert inner.properties["publicNetworkAccess"] == Property("'Enabled' | 'Disabled' | string")
    assert inner.properties["workspaceId"] == Property("string", read_only=True)


def test_an_excerpt_reads_back_as_it_was(tmp_path: Path) -> None:
    """With the shapes that were asked for and no others."""
    whole = from_azmcp.read(SERVED, "Contoso.Things/boxes", "here")
    (tmp_path / "boxes.json").write_text(write(whole, {BODY, "Lid", "LidElement Flat"}))

    (again,) = read(tmp_path)

    assert again.types.keys() == {BODY, "Lid", "LidElement Flat"}
    assert again == Definition(whole.type, whole.version, whole.scopes, "here", dict(again.types))
    assert all(again.types[name] == whole.types[name] for name in again.types)


def test_every_excerpt_names_its_source() -> None:
    """A package and its version, or the page that a person read."""
    sources = {path.name: json.loads(path.read_text())["source"] for path in (REPOSITORY / FOLDER).glob("*.json")}

    assert sources
    assert {
        name
        for name, source in sources.items()
        if not source.startswith(("msmcp-azure ", "azure-mgmt-", "by hand, from https://"))
    } == set()
