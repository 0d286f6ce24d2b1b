"""
`python -m tools.bicep_types FOLDER`: write `infra/types` anew, from the packages that `make bicep-types` puts there.

Each resource type that a template declares is asked for, then the templates are checked once to see which shapes they
reach, and those are written. What a later change reaches besides, the check says by name.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from tools.bicep import from_azmcp
from tools.bicep.definitions import BODY, FOLDER, Definition, Definitions, read, write
from tools.bicep.from_sdk import Models
from tools.bicep.source import read_all
from tools.check_bicep import INFRA, problems

SERVER: Final = "msmcp-azure"
PROGRAM: Final = "msmcp_azure/bin/azmcp"
_MONITOR: Final = ("azure-mgmt-monitor", "azure.mgmt.monitor.models")
_DNS: Final = ("azure-mgmt-privatedns", "azure.mgmt.privatedns.models")
_INSIGHTS: Final = "azure-mgmt-applicationinsights"
MODELS: Final = {
    "Microsoft.Insights/actionGroups": (*_MONITOR, "2023-01-01", "ActionGroupResource"),
    "Microsoft.Insights/components": (
        _INSIGHTS,
        "azure.mgmt.applicationinsights.v2020_02_02.models",
        "2020-02-02",
        "ApplicationInsightsComponent",
    ),
    "Microsoft.Insights/dataCollectionRules": (*_MONITOR, "2023-03-11", "DataCollectionRuleResource"),
    "Microsoft.Insights/scheduledQueryRules": (*_MONITOR, "2023-12-01", "ScheduledQueryRuleResource"),
    "Microsoft.Insights/workbooks": (
        _INSIGHTS,
        "azure.mgmt.applicationinsights.v2023_06_01.models",
        "2023-06-01",
        "Workbook",
    ),
    "Microsoft.Network/privateDnsZones": (*_DNS, "2024-06-01", "PrivateZone"),
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": (*_DNS, "2024-06-01", "VirtualNetworkLink"),
}
"""Types that the server does not know: package, module, version of the API and model, each as that package has it."""
BY_HAND: Final = "by hand"
"""How the source of an excerpt begins that no package has; it stays as it is."""
ALSO: Final = {("Microsoft.Insights/dataCollectionRules", "kind"): "'Direct'"}
"""Values that the specification forgot
(https://learn.microsoft.com/azure/azure-monitor/essentials/data-collection-rule-structure#kind)."""


def definitions(folder: Path, kinds: list[str]) -> Iterator[Definition]:
    """The definition of each, whole. Raises SystemExit for one that nobody has."""
    versions = {one.name: one.version for one in distributions(path=[str(folder)])}
    for kind in kinds:
        if kind in MODELS:
            package, module, version, model = MODELS[kind]
            source = f"{package} {versions[package]}, models.{model}"
            yield _amended(Models(module).definition(kind, version, model, source))
        else:
            found = from_azmcp.definition(folder / PROGRAM, kind, f"{SERVER} {versions[SERVER]}, bicepschema get")
            if found is None:
                sys.exit(f"bicep-types: {SERVER} does not know {kind}; name a model for it in tools/bicep_types.py")
            yield found


def _amended(found: Definition) -> Definition:
    """With what `ALSO` adds to properties of the resource itself."""
    known = dict(found.body.properties)
    for (kind, name), value in ALSO.items():
        if kind == found.type:
            known[name] = replace(known[name], type=f"{value} | {known[name].type}")
    return replace(found, types={**found.types, BODY: replace(found.body, properties=known)})


def main() -> None:
    """Ask, check, write."""
    root, folder = Path(__file__).resolve().parent.parent, Path(sys.argv[1]).resolve()
    sys.path.append(str(folder))
    sources = read_all(root / INFRA, root)
    kept = [one for one in read(root / FOLDER) if one.source.startswith(BY_HAND)]
    declared = (one.target.partition("@")[0] for source in sources.values() for one in source.of("resource"))
    found = list(definitions(folder, sorted({*declared} - {one.type for one in kept})))
    known = Definitions([*found, *kept])
    problems(root, known)
    for one in found:
        path = root / FOLDER / f"{one.type.replace('/', '_')}.json"
        path.write_text(write(one, known.asked.get(one.type, ())), "utf-8")
        print(f"bicep-types: wrote {path.relative_to(root)}")


if __name__ == "__main__":
    main()
