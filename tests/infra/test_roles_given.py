"""What the app may do after deployments, one after the other: a tenant as Azure keeps it, the templates as they are."""

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from shared.rules.catalogue import RULES
from tests.infra.bicep_values import Scope, Template
from tests.tools.test_roles import actions, data_actions
from tools import roles

SUBSCRIPTION = Scope("/subscriptions/11111111-2222-3333-4444-555555555555", "11111111-2222-3333-4444-555555555555")
GROUP = Scope("/providers/Microsoft.Management/managementGroups/mg-ai", "mg-ai")
OTHER_GROUP = Scope("/providers/Microsoft.Management/managementGroups/mg-data", "mg-data")
LONGEST_NAME = 128
"""Characters that a role's name may have (learn.microsoft.com/azure/role-based-access-control/custom-roles)."""
KEYS = ("off", "check", "rotate")
SWITCHES = [{"grantsAccess": grants, "renewsInstances": renews} for grants, renews in product((False, True), repeat=2)]


@dataclass
class Tenant:
    """Role definitions and their assignments. A deployment adds and changes, and takes nothing away."""

    definitions: dict[str, dict[str, Any]] = field(default_factory=dict)
    assigned: dict[str, str] = field(default_factory=dict)
    """Name of the definition by name of the assignment; all of them reach the governed subscription."""

    def deploy(self, mode: str = "audit", keys: str = "off", *, grouped: bool = False, **switches: bool) -> None:
        """What main.bicep does about roles. Raises ValueError where Azure says RoleDefinitionWithSameNameExists."""
        given = {
            "environmentName": "prod",
            "mode": mode,
            "keys": keys,
            "grantsAccess": False,
            "renewsInstances": False,
            "scopes": [SUBSCRIPTION.name],
            "inManagementGroup": grouped,
            **switches,
        }
        template = Template("modules/roles.bicep", given, SUBSCRIPTION)
        self._define(template.made("definitions"))
        access = {"principalId": "app", "roles": template.output("given")}
        self._assign(Template("modules/access.bicep", access, SUBSCRIPTION).made("assignments"))

    def deploy_to_group(self, mode: str = "audit", *, group: Scope = GROUP, **switches: bool) -> None:
        """What management-group.bicep does. Raises ValueError as above."""
        given = {"environmentName": "prod", "mode": mode, "principalId": "app", **switches}
        template = Template("management-group.bicep", given, group)
        self._define(template.made("definitions"))
        self._assign(template.made("assignments"))

    @property
    def allowed(self) -> set[str]:
        """All that the app may do, in the services too."""
        held = [self.definitions[name]["permissions"][0] for name in self.assigned.values()]
        return {action for one in held for action in (*one["actions"], *one["dataActions"])}

    def _define(self, made: list[dict[str, Any]]) -> None:
        for one in made:
            taken = {known["roleName"] for name, known in self.definitions.items() if name != one["name"]}
            said = one["properties"]["roleName"]
            if said in taken:
                raise ValueError(f"RoleDefinitionWithSameNameExists: {said}")
            self.definitions[one["name"]] = one["properties"]

    def _assign(self, made: list[dict[str, Any]]) -> None:
        for one in made:
            self.assigned[one["name"]] = one["properties"]["roleDefinitionId"].rpartition("roleDefinitions/")[2]


def writes(allowed: set[str]) -> list[str]:
    """Those that change something, by how Azure names them: no read, and no list of what is there."""
    verbs = {action: action.removesuffix("/action").rpartition("/")[2].casefold() for action in allowed}
    return sorted(action for action, verb in verbs.items() if not verb.startswith(("read", "list", "get")))


READS = set(actions(roles.reader()))
FIXES = set(actions(roles.enforcer(RULES)))


def test_what_writes_is_told_from_what_reads() -> None:
    """By the roles whose purpose is the one or the other: none of what the writers have besides goes unnoticed."""
    writers = {*FIXES, *actions(roles.key_rotator(RULES)), *data_actions(roles.key_rotator(RULES))} - READS
    seers = {*READS, *actions(roles.key_reader()), *data_actions(roles.key_reader()), *actions(roles.rotation_reader())}

    assert set(writes(writers)) == writers
    assert writes(seers) == []


@pytest.mark.parametrize("keys", KEYS)
@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_in_audit_nothing_can_be_written(keys: str, switches: dict[str, bool]) -> None:
    """Whatever else was asked for, here or at a management group; and from enforce, one deployment leads back."""
    at_once, after = Tenant(), Tenant()
    at_once.deploy("audit", keys, **switches)
    at_once.deploy_to_group("audit", group=GROUP, **switches)
    after.deploy("enforce", keys, **switches)
    after.deploy("audit", keys, **switches)

    assert writes(at_once.allowed) == writes(after.allowed) == []
    assert at_once.allowed >= READS


@pytest.mark.parametrize("keys", KEYS)
def test_in_enforce_fixes_and_rotations_can_be_written(keys: str) -> None:
    """Those of the roles that its settings name, and no others."""
    tenant = Tenant()
    tenant.deploy("enforce", keys)
    rotations = {*actions(roles.key_rotator(RULES)), *data_actions(roles.key_rotator(RULES))}

    assert tenant.allowed - rotations >= FIXES - rotations
    assert (rotations <= tenant.allowed) == (keys == "rotate")


@pytest.mark.parametrize("mode", ["audit", "enforce"])
@pytest.mark.parametrize("group_first", [False, True], ids=["subscription-first", "group-first"])
def test_roles_move_to_a_management_group(mode: str, *, group_first: bool) -> None:
    """In either order; then the group's deployment alone decides, and what the subscription once gave is gone."""
    tenant = Tenant()
    tenant.deploy("enforce")
    if group_first:
        tenant.deploy_to_group(mode)
    tenant.deploy(mode, grouped=True)
    if not group_first:
        tenant.deploy_to_group(mode)
    moved = tenant.allowed
    tenant.deploy("enforce", grouped=True)
    tenant.deploy_to_group("audit")

    assert moved >= (FIXES if mode == "enforce" else READS)
    assert bool(writes(moved)) == (mode == "enforce")
    assert writes(tenant.allowed) == []


def test_nothing_is_unseen_while_roles_move() -> None:
    """The group's first, as docs/deploy.md says: at no moment the app cannot read."""
    tenant = Tenant()
    tenant.deploy()
    before = tenant.allowed
    tenant.deploy_to_group()
    between = tenant.allowed
    tenant.deploy(grouped=True)

    assert before & between & tenant.allowed >= READS


def test_roles_move_back_to_the_subscriptions() -> None:
    """What the group gave is taken away by one more deployment to it."""
    tenant = Tenant()
    tenant.deploy("enforce", grouped=True)
    tenant.deploy_to_group("enforce")
    tenant.deploy("audit")
    tenant.deploy_to_group("enforce", inUse=False)

    assert writes(tenant.allowed) == []
    assert tenant.allowed >= READS


def test_roles_move_from_one_management_group_to_another() -> None:
    """Their names differ by the group's."""
    tenant = Tenant()
    tenant.deploy(grouped=True)
    tenant.deploy_to_group("enforce")
    tenant.deploy_to_group("audit", group=OTHER_GROUP)
    tenant.deploy_to_group("enforce", inUse=False)

    assert writes(tenant.allowed) == []
    assert tenant.allowed >= READS


def test_no_name_of_a_role_is_too_long() -> None:
    """With the longest environment and the longest group that there can be."""
    longest = Scope(f"/providers/Microsoft.Management/managementGroups/{'g' * 90}", "g" * 90)
    given = {"environmentName": "e" * 24, "principalId": "app"}
    made = Template("management-group.bicep", given, longest).made("definitions")

    assert made
    assert max(len(one["properties"]["roleName"]) for one in made) <= LONGEST_NAME
