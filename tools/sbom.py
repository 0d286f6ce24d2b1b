"""The app's bill of materials: CycloneDX 1.6 as JSON, the same for the same packages, whenever it is made."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.utils import NormalizedName

from tools.third_party import Package

NAME = "hubwarden"


def bill(version: str, direct: frozenset[NormalizedName], packages: Sequence[Package]) -> str:
    """The bill of a version: its packages, which of them it asks for itself, and which need which."""
    app = Component(type=ComponentType.APPLICATION, name=NAME, version=version, bom_ref=f"{NAME}@{version}")
    made = {one.name: _component(one) for one in packages}
    bom = Bom(components=made.values())
    bom.metadata.component = app
    bom.register_dependency(app, [made[name] for name in sorted(direct)])
    for one in packages:
        bom.register_dependency(made[one.name], [made[name] for name in sorted(one.requires)])
    bom.serial_number = uuid5(NAMESPACE_URL, json.dumps([version, *(str(made[one.name].purl) for one in packages)]))
    bom.metadata.timestamp = datetime(1980, 1, 1, tzinfo=UTC)  # the library's own would be now; the format may lack it
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    del document["metadata"]["timestamp"]
    return f"{json.dumps(document, indent=2, sort_keys=True)}\n"


def _component(one: Package) -> Component:
    purl = PackageURL("pypi", name=one.name, version=one.version)
    home = [ExternalReference(type=ExternalReferenceType.WEBSITE, url=XsUri(one.home))] if one.home else []
    return Component(
        type=ComponentType.LIBRARY,
        name=one.name,
        version=one.version,
        purl=purl,
        bom_ref=str(purl),
        licenses=[LicenseFactory().make_from_string(one.licence)],
        external_references=home,
    )
