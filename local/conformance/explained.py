"""Where the stand-in differs from a specification's example on purpose, or because the example itself is off."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from local.conformance.replay import Outcome


@dataclass(frozen=True)
class Explanation:
    """A kind of difference in some examples, and why it is right to be there. Both are globs."""

    examples: str
    difference: str
    reason: str


RECORDED = "recorded answers carry no such header, whatever the specification says"
ELSEWHERE = "the example's rows come from an estate it does not give"
UNASKED = "the example answers what its request did not ask for"
DELETED = "what is deleted is there by deleting it, and is not loaded; that is tested"
SECRETS = "a vault's secrets are there by putting them, and are not loaded; that is tested"
NOT_PLAYED = "a Logic App's workflow, which nobody here needs, has no categories"
MADE_UP = "the example's providers are made up"

EXPLANATIONS = (
    Explanation("locks/*AtResourceLevel", "status 404: *", "the parent it names is no pair of type and name"),
    Explanation("cognitiveservices/*Deleted*", "body*", DELETED),
    Explanation("cognitiveservices/UpdateAccount", "header * of 200: missing", "what is done at once is not polled"),
    Explanation("costmanagement/*", "body: object expected, null found", "a 204: its scope holds nothing that costs"),
    Explanation("costmanagement/*", "body.properties.rows*", "columns come in another order, which `columns` tells"),
    Explanation("appinsights/*", "body*.tags: text expected, object found", "it writes no tags as an empty text"),
    Explanation("appinsights/ComponentsCreate", "body.properties.*: missing", "settings of no matter to anything here"),
    Explanation("keyvault/*Deleted*", "body*", DELETED),
    Explanation("keyvault/createVault*", "*hsmPoolResourceId: missing", "only the vault of a managed HSM has one"),
    Explanation("keyvault/*Secret*", "*", SECRETS),
    Explanation("resources/GetProvider*", "status 404: *", MADE_UP),
    Explanation("resources/GetProviders", "body*", MADE_UP),
    Explanation("monitor/*DiagnosticSettingsCategories", "body.value: *", NOT_PLAYED),
    Explanation("monitor/getDiagnosticSettingsCategory", "status 404: *", NOT_PLAYED),
    Explanation("search/*Cmk*", "*encryptionComplianceStatus: missing", "worked out from indexes, which are none here"),
    Explanation("search/*QueryKeys*", "body.value: *", ELSEWHERE),
    Explanation("ml-*/Workspace/*", "header Retry-After of 202: missing", RECORDED),
    Explanation("ml-*/Compute/*", "header Location of 202: missing", RECORDED),
    Explanation(
        "ml-*/Workspace/create", "*allowPublicAccessWhenBehindVnet: missing", "no recorded answer has this field"
    ),
    Explanation("ml-*/Workspace/listKeys", "*userStorageResourceId: missing", "recorded answers say userStorageArmId"),
    Explanation("ml-*/Workspace/listKeys", "*containerRegistryCredentials*", ELSEWHERE),
    Explanation("ml-*/Workspace/diagnose", "*dnsResolutionResults*", ELSEWHERE),
    Explanation(
        "ml-*/Workspace/OnlineEndpoint/createOrUpdate", "status 400: *Traffic*", "its traffic goes nowhere, 1 %"
    ),
    Explanation(
        "ml-*/ServerlessEndpoint/*", "body.identity.*: missing", "principals of an identity the system does not own"
    ),
    Explanation("ml-*/ServerlessEndpoint/*", "*inferenceEndpoint.headers.*", UNASKED),
    Explanation("ml-*/ServerlessEndpoint/*", "*marketplaceSubscriptionId*", UNASKED),
    Explanation("ml-*/Compute/createOrUpdate/AmlCompute", "*properties.vmSize: missing", UNASKED),
    Explanation("ml-*/Compute/createOrUpdate/AmlCompute", "*properties.subnet: *", UNASKED),
    Explanation("ml-*/Compute/createOrUpdate/KubernetesCompute", "*.extensionInstanceReleaseTrain: missing", UNASKED),
    Explanation("ml-*/Compute/listNodes", "body.nodes*.runId: missing", "no node runs a job"),
    Explanation("ml-*/Compute/listNodes", "body.nextLink: missing", "everything seeded fits on the first page"),
    Explanation("ml-*/Datastore/listSecrets", "body.key: missing", ELSEWHERE),
    Explanation("ml-*", "header azureml-*", "an internal header of the service, of use to nobody"),
    Explanation("resourcegraph/*", "body.data: * items expected, * found", ELSEWHERE),
    Explanation("resourcegraph/*", "body.data[[]*]*: text expected, null found", ELSEWHERE),
    Explanation("resourcegraph/*", "body.$skipToken: missing", "everything seeded fits on the first page"),
    Explanation("resourcegraph/ResourcesNextPageQuery", "status 400: *skipToken*", "the token is that of a real Azure"),
    Explanation("resourcegraph/ResourcesFacetQuery", "body.facets*", "facets are not computed"),
)


def unexplained(outcome: Outcome) -> tuple[str, ...]:
    """The differences of an outcome that no explanation covers."""
    return tuple(one for one in outcome.differences if _explanation(outcome, one) is None)


def used(outcomes: Iterable[Outcome]) -> Iterator[tuple[Explanation, int]]:
    """The explanations that were needed, with the number of examples each was needed for."""
    needed: dict[Explanation, set[str]] = {}
    for outcome in outcomes:
        for difference in outcome.differences:
            if (explanation := _explanation(outcome, difference)) is not None:
                needed.setdefault(explanation, set()).add(outcome.example)
    yield from ((one, len(needed[one])) for one in EXPLANATIONS if one in needed)


def _explanation(outcome: Outcome, difference: str) -> Explanation | None:
    for one in EXPLANATIONS:
        if fnmatchcase(outcome.example, one.examples) and fnmatchcase(difference, one.difference):
            return one
    return None
