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

EXPLANATIONS = (
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
