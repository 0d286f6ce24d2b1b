"""The templates as they are, and each guard of their check seen to bite: one thing is broken, and its message read."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tools import check_bicep, package
from tools.bicep.definitions import FOLDER, Definitions, read

REPOSITORY = Path(__file__).resolve().parents[2]
EXCERPTS = read(REPOSITORY / FOLDER)
MAIN = "infra/main.bicep"
PARAMETERS = "infra/main.parameters.json"
STORAGE = "infra/modules/storage.bicep"
EVENTS = "infra/modules/events.bicep"
FUNCTION = "infra/modules/function.bicep"
LOGS = "infra/modules/logs.bicep"
ROLES = "infra/modules/roles.bicep"
READER = "infra/reader-role.json"
TOPIC = "infra/modules/alert-topic.bicep"


@dataclass(frozen=True)
class Breakage:
    """One change to a file, and what the check says of it."""

    name: str
    file: str
    old: str
    new: str
    says: str


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the check reads of this repository, to be broken."""
    shutil.copytree(REPOSITORY / "infra", tmp_path / "infra")
    (tmp_path / "docs").mkdir()
    for name in ("docs/settings.md", "azure.yaml"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    return tmp_path


def said(root: Path) -> list[str]:
    """What the check says of a repository."""
    return [str(problem) for problem in check_bicep.problems(root, Definitions(EXCERPTS))]


def test_the_templates_have_no_problem(copy: Path) -> None:
    """As they stand in the repository."""
    assert said(copy) == []


def test_azd_publishes_the_package_as_it_is() -> None:
    """The folder that `make package` fills, with nothing built in Azure."""
    service = yaml.safe_load((REPOSITORY / "azure.yaml").read_text("utf-8"))["services"]["app"]

    assert service["dist"] == f"{package.OUT}/{package.APP}"
    assert service["remoteBuild"] is False
    assert service["hooks"]["prepackage"]["run"] == "make package"


BREAKAGES = (
    Breakage("syntax", STORAGE, "  kind: 'StorageV2'", "  kind: 'StorageV2", "this is no Bicep"),
    # Resources against Azure's definitions
    Breakage(
        "unknown property",
        STORAGE,
        "allowSharedKeyAccess",
        "allowSharedKeyAcces",
        "has no property allowSharedKeyAcces; did you mean allowSharedKeyAccess?",
    ),
    Breakage(
        "unknown value",
        STORAGE,
        "'TLS1_2'",
        "'TLS12'",
        "minimumTlsVersion: 'TLS12' is none of the values that Azure knows: TLS1_0, TLS1_1, TLS1_2, TLS1_3",
    ),
    Breakage(
        "value behind a condition",
        STORAGE,
        "? 'Standard_ZRS'",
        "? 'StandardZRS'",
        "'StandardZRS' is none of the values that Azure knows",
    ),
    Breakage(
        "unknown variant",
        EVENTS,
        "endpointType: 'StorageQueue'",
        "endpointType: 'StorageQueues'",
        "endpointType must be one of AzureFunction, EventHub,",
    ),
    Breakage(
        "wrong kind", EVENTS, "maxDeliveryAttempts: 30", "maxDeliveryAttempts: '30'", "takes a number, not a string"
    ),
    Breakage(
        "wrong kind in a variable",
        FUNCTION,
        "  priority: 100",
        "  priority: 'first'",
        "ipSecurityRestrictions[].priority takes a number, not a string",
    ),
    Breakage(
        "wrong kind from a parameter",
        TOPIC,
        "disableLocalAuth: true",
        "disableLocalAuth: token",
        "disableLocalAuth takes true or false, not a string",
    ),
    Breakage(
        "missing property", TOPIC, "  location: location\n", "", "Microsoft.EventGrid/topics lacks location, which"
    ),
    Breakage(
        "read-only property",
        TOPIC,
        "disableLocalAuth: true",
        "endpoint: 'x'",
        "properties.endpoint is read-only; leave it",
    ),
    Breakage(
        "another version", TOPIC, "topics@2025-02-15", "topics@2022-06-15", "is known at 2025-02-15, not at 2022-06-15"
    ),
    Breakage(
        "unknown type",
        TOPIC,
        "Microsoft.EventGrid/topics@",
        "Microsoft.EventGrid/topic@",
        "nothing is known of Microsoft.EventGrid/topic; run make bicep-types",
    ),
    Breakage(
        "another place",
        TOPIC,
        "metadata description",
        "targetScope = 'subscription'\n\nmetadata description",
        "Microsoft.EventGrid/topics cannot be deployed to a subscription, but to: resourceGroup",
    ),
    Breakage(
        "an existing resource with more",
        LOGS,
        "existing = {\n",
        "existing = {\n  tags: tags\n",
        "an existing resource takes no tags",
    ),
    Breakage(
        "a resource within a resource",
        TOPIC,
        "    minimumTlsVersionAllowed: '1.2'\n  }\n",
        "    minimumTlsVersionAllowed: '1.2'\n  }\n  resource in 'x' = {\n    name: 'x'\n  }\n",
        "a resource within a resource is not checked; give it a parent instead",
    ),
    Breakage(
        "a shape that the excerpt left out",
        STORAGE,
        "    defaultToOAuthAuthentication: true\n",
        "    encryption: {}\n",
        "the excerpt of Microsoft.Storage/storageAccounts lacks Encryption; run make bicep-types",
    ),
    Breakage(
        "an excerpt of what nobody makes",
        "infra/modules/budget.bicep",
        "Microsoft.Consumption/budgets@",
        "Microsoft.Consumption/budget@",
        "infra/types:1: no template has a Microsoft.Consumption/budgets; delete its excerpt",
    ),
    # Modules
    Breakage(
        "a module that is not there",
        MAIN,
        "'modules/logs.bicep'",
        "'modules/log.bicep'",
        "there is no modules/log.bicep; mend the path",
    ),
    Breakage(
        "a parameter too few",
        MAIN,
        "    retentionDays: retentionDays\n",
        "",
        "infra/modules/monitoring.bicep must be given retentionDays",
    ),
    Breakage(
        "a parameter too many",
        MAIN,
        "    retentionDays: retentionDays\n",
        "    retentionDays: retentionDays\n    days: 3\n",
        "infra/modules/monitoring.bicep takes no days, but",
    ),
    Breakage(
        "a parameter of another kind",
        MAIN,
        "    retentionDays: retentionDays\n",
        "    retentionDays: '90'\n",
        "retentionDays of infra/modules/monitoring.bicep is a string, and should be a int",
    ),
    Breakage(
        "a value out of bounds",
        MAIN,
        "    maximumInstanceCount: maximumInstanceCount\n",
        "    maximumInstanceCount: 10\n",
        "is 10, and must be at least 40",
    ),
    Breakage(
        "a default that is not allowed",
        MAIN,
        "param mode string = 'audit'",
        "param mode string = 'audti'",
        "the default of mode can be 'audti', which is none of audit, enforce",
    ),
    Breakage(
        "a parameter that allows more than its module",
        MAIN,
        "@allowed(['off', 'check', 'rotate'])",
        "@allowed(['off', 'check', 'rotate', 'lose'])",
        "keys of infra/modules/roles.bicep can be 'lose', which is none of off, check, rotate",
    ),
    Breakage(
        "an object parameter without one of its parts",
        MAIN,
        "      ruleId: logs.outputs.immutableId\n",
        "",
        "logs of infra/modules/function.bicep lacks ruleId",
    ),
    Breakage(
        "an object parameter with another part",
        MAIN,
        "      ruleId: logs.outputs.immutableId\n",
        "      ruleId: logs.outputs.immutableId\n      rule: ''\n",
        "logs of infra/modules/function.bicep has no rule, but endpoint, ruleId",
    ),
    Breakage(
        "an output that is not there",
        MAIN,
        "logs.outputs.immutableId",
        "logs.outputs.immutableID",
        "infra/modules/logs.bicep puts out no immutableID, but endpoint, immutableId",
    ),
    Breakage(
        "something else of a module than an output",
        MAIN,
        "logs.outputs.immutableId",
        "logs.immutableId",
        "of module logs only outputs and name can be read",
    ),
    Breakage(
        "a module without its scope",
        MAIN,
        "module budget 'modules/budget.bicep' = if (budgetAmount > 0) {\n  scope: group\n",
        "module budget 'modules/budget.bicep' = if (budgetAmount > 0) {\n",
        "infra/modules/budget.bicep is for a resourceGroup, and is deployed to a subscription; give it a scope",
    ),
    Breakage(
        "a module at a management group",
        MAIN,
        "    scope: subscription(id)\n",
        "    scope: managementGroup(id)\n",
        "the scope of access is neither a group nor a subscription",
    ),
    # Names
    Breakage("an unknown name", TOPIC, "location: location", "location: place", "nothing here is called place"),
    Breakage(
        "an unknown name in a loop", LOGS, "name: one.name\n    prop", "name: two.name\n    prop", "is called two"
    ),
    Breakage("an unknown name in a lambda", LOGS, "column.type", "col.type", "nothing here is called col"),
    Breakage(
        "a call that begins a list, which the parser takes for two elements",
        "infra/management-group.bicep",
        "[scope]",
        "[managementGroup().id]",
        "give managementGroup(…) a variable; the parser takes it for two elements of the list",
    ),
    Breakage("an unknown function", ROLES, "trim(load", "strip(load", "strip: Bicep has no such function"),
    Breakage("a key", TOPIC, "= topic.id", "= listKeys(topic.id, '1')", "listKeys: a template of ours reads no key"),
    Breakage(
        "an unused parameter",
        TOPIC,
        "  tags: tags\n",
        "  tags: {}\n",
        "tags is never used; take it out",
    ),
    Breakage(
        "a property that Azure does not tell",
        STORAGE,
        "primaryEndpoints.table",
        "primaryEndpoints.tables",
        "account.properties.primaryEndpoints has no tables: blob, dfs, file,",
    ),
    Breakage(
        "a part that a parameter has not",
        FUNCTION,
        "logs.ruleId",
        "logs.ruleid",
        "logs has no ruleid, but endpoint, ruleId",
    ),
    # Files
    Breakage(
        "a file that is not there",
        LOGS,
        "'../tables.json'",
        "'../table.json'",
        "there is no ../table.json to load; mend",
    ),
    Breakage(
        "a role that nobody loads", ROLES, "'../key-reader-role.json'", "'../reader-role.json'", "no template loads it"
    ),
    Breakage("a key of a file that nobody reads", EVENTS, "wanted.types", "[]", "types of events.json is never used"),
    Breakage(
        "a key that a file has not",
        EVENTS,
        "wanted.types",
        "wanted.kinds",
        "events.json has no kinds, but operations, types",
    ),
    Breakage("a file that is no JSON", "infra/events.json", "{", "", "events.json is no JSON: "),
    # Roles
    Breakage(
        "an action that there is not",
        READER,
        "Microsoft.KeyVault/vaults/read",
        "Microsoft.KeyVault/vault/read",
        "infra/operations.json has no Microsoft.KeyVault/vault/read among its actions; mend the name, or add it",
    ),
    Breakage(
        "a data action among the others",
        READER,
        "Microsoft.KeyVault/vaults/read",
        "Microsoft.KeyVault/vaults/secrets/getSecret/action",
        "among its actions; it stands among the others, and Azure takes it in the other list alone",
    ),
    Breakage(
        "an operation that no role has",
        "infra/operations.json",
        "Microsoft.ContainerRegistry/registries/read",
        "Microsoft.ContainerRegistry/registries/delete",
        "infra/operations.json:1: no role has microsoft.containerregistry/registries/delete; delete it",
    ),
    # Code, docs, azd
    Breakage(
        "a setting too few",
        FUNCTION,
        "  HUBWARDEN_LOGS_RULE_ID: logs.ruleId\n",
        "",
        "the app is not given HUBWARDEN_LOGS_RULE_ID, which docs/settings.md calls required",
    ),
    Breakage(
        "a setting of the host too few",
        FUNCTION,
        "  AzureWebJobsStorage__queueServiceUri: storage.queue\n",
        "",
        "the app is not given AzureWebJobsStorage__queueServiceUri, which",
    ),
    Breakage(
        "a setting that nobody reads",
        FUNCTION,
        "HUBWARDEN_KEYS: keys",
        "HUBWARDEN_KEY: keys",
        "docs/settings.md does not know HUBWARDEN_KEY; mend the name",
    ),
    Breakage(
        "a queue's name spelled out",
        STORAGE,
        "name: names.changes\n",
        "name: 'changes'\n",
        "take the name 'changes' from infra/storage.json",
    ),
    Breakage(
        "a parameter without a word",
        TOPIC,
        "@description('Region.')\n",
        "",
        "location has no @description; say what it means",
    ),
    Breakage(
        "a line too long",
        TOPIC,
        "// ",
        f"// {'word ' * 30}",
        "characters, more than 120; break it",
    ),
    Breakage("a resource without tags", TOPIC, "  tags: tags\n", "", "topic has no tags; give it those of all"),
    Breakage(
        "a service that azd cannot find",
        FUNCTION,
        "'azd-service-name': 'app'",
        "'azd-service-name': 'api'",
        "azure.yaml publishes the service app, and nothing is tagged azd-service-name so",
    ),
    Breakage("a variable for nothing", PARAMETERS, '"mode"', '"modus"', "infra/main.bicep takes no modus"),
    Breakage(
        "a parameter that azd is not told of",
        PARAMETERS,
        '    "location": { "value": "${AZURE_LOCATION}" },\n',
        "",
        "infra/main.bicep must be given location",
    ),
    Breakage(
        "a default of azd's that is not allowed",
        PARAMETERS,
        "HUBWARDEN_MODE=audit",
        "HUBWARDEN_MODE=audti",
        "mode: 'audti' is none of audit, enforce",
    ),
    Breakage(
        "a default of azd's that is no number",
        PARAMETERS,
        "HUBWARDEN_RETENTION_DAYS=90",
        "HUBWARDEN_RETENTION_DAYS=long",
        "retentionDays: 'long' is no int",
    ),
    Breakage(
        "a default of azd's that is no list",
        PARAMETERS,
        "HUBWARDEN_GOVERNED=[]",
        "HUBWARDEN_GOVERNED=3",
        "subscriptions: 3 is no array",
    ),
)


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.name)
def test_what_is_broken_is_named(copy: Path, breakage: Breakage) -> None:
    """One line says what and where; the file is the one that was broken, or the one that calls it."""
    whole = (copy / breakage.file).read_text("utf-8")
    assert breakage.old in whole, "the breakage fits the file"
    (copy / breakage.file).write_text(whole.replace(breakage.old, breakage.new, 1), "utf-8")

    found = said(copy)

    assert any(breakage.says in line for line in found), found


def test_a_problem_is_told_with_file_and_line(copy: Path) -> None:
    """As editors and people find it."""
    file = copy / TOPIC
    lines = file.read_text("utf-8").splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines, 1) if "disableLocalAuth" in line)
    file.write_text("".join(lines).replace("disableLocalAuth: true", "disableLocalAuth: 1"), "utf-8")

    assert said(copy) == [
        f"{TOPIC}:{at}: Microsoft.EventGrid/topics.properties.disableLocalAuth takes true or false, not a number"
    ]
