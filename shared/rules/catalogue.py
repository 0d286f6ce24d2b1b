"""Every rule there is, in one tuple: no discovery, no registry; go to definition works."""

from shared.rules.compute import IDLE_SHUTDOWN, SCALES_TO_ZERO
from shared.rules.compute_life import NOT_FAILED, NOT_LEFT_STOPPED, SIZE_STAYS, USER_IS_HERE
from shared.rules.compute_network import NO_PUBLIC_ADDRESS, SSH_CLOSED
from shared.rules.compute_stops import IDLE_SHUTDOWN_WORKS, STOPS_BY_SCHEDULE
from shared.rules.connection import KEYLESS_AUTH, NOT_SHARED_TO_ALL, TARGET_EXISTS
from shared.rules.creator import CREATOR
from shared.rules.diagnostics import LOGS_KEPT
from shared.rules.entra import COMES_WITH_IDENTITY
from shared.rules.hub import MANAGED_NETWORK, PUBLIC_ACCESS
from shared.rules.images import IMAGE_AGE, IMAGE_AT_REST, REACHES_ZERO
from shared.rules.keys import KEYS_TAKEN, LIVING_KEY, RENEWED, STORAGE_KEY, YOUNG_KEYS
from shared.rules.outside_keys import OUTSIDE
from shared.rules.patching import PATCHED
from shared.rules.project import HUB_EXISTS
from shared.rules.recreation import IMAGE_ANEW, IMAGE_TAKEN_DOWN
from shared.rules.rotation import AI_KEYS, ENDPOINT_KEYS, KEYS_UNSEEN, ROTATION_ENDS, SEARCH_KEYS, STORAGE_KEYS
from shared.rules.rule import Rule
from shared.rules.spend import BUDGET, COVERAGE, DEAR_HUBS, FORECAST
from shared.rules.tags import COST_TAGS, DEPENDENT_TAGS, ENDPOINT_TAGS, GROUP_TAGS
from shared.rules.unneeded_keys import NO_UNNEEDED_KEYS

RULES: tuple[Rule, ...] = (
    PUBLIC_ACCESS,
    MANAGED_NETWORK,
    HUB_EXISTS,
    COST_TAGS,
    DEPENDENT_TAGS,
    ENDPOINT_TAGS,
    GROUP_TAGS,
    CREATOR,
    KEYLESS_AUTH,
    NOT_SHARED_TO_ALL,
    TARGET_EXISTS,
    LIVING_KEY,
    KEYS_TAKEN,
    STORAGE_KEY,
    YOUNG_KEYS,
    RENEWED,
    COMES_WITH_IDENTITY,
    NO_UNNEEDED_KEYS,
    OUTSIDE,
    AI_KEYS,
    SEARCH_KEYS,
    STORAGE_KEYS,
    ENDPOINT_KEYS,
    ROTATION_ENDS,
    KEYS_UNSEEN,
    IMAGE_AGE,
    IMAGE_AT_REST,
    IMAGE_TAKEN_DOWN,
    IMAGE_ANEW,
    PATCHED,
    REACHES_ZERO,
    IDLE_SHUTDOWN,
    SCALES_TO_ZERO,
    NOT_LEFT_STOPPED,
    NOT_FAILED,
    USER_IS_HERE,
    STOPS_BY_SCHEDULE,
    SIZE_STAYS,
    IDLE_SHUTDOWN_WORKS,
    SSH_CLOSED,
    NO_PUBLIC_ADDRESS,
    LOGS_KEPT,
    COVERAGE,
    DEAR_HUBS,
    BUDGET,
    FORECAST,
)
