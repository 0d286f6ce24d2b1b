"""The desk where rotation is asked for: by a timer, by people's messages, and by events that tell who read a key."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shared.engine.key_pass import Rotator
from shared.engine.key_requests import demand, grant, sighted
from shared.engine.key_terms import effect
from shared.engine.scope import hubs_for
from shared.keys.account import ROTATED
from shared.model.errors import BadEvent, Conflict, DependencyDown
from shared.model.facts import CHILDREN, WORKSPACES, Fact, Kind, Seen, kind_of
from shared.model.key_facts import account_of, is_view
from shared.model.message import Event, Rotate, Wish
from shared.model.resource_id import ResourceId
from shared.model.rotation import Cause, Demand, Sighting
from shared.model.vault_secrets import ends
from shared.policy.policy import Effect
from shared.ports import Mark
from shared.rules.rotation import KEYED, KEYS_UNSEEN, RENEWALS

log = logging.getLogger(__name__)

_SHOWS: Final = ("/listkeys/action", "/listadminkeys/action", "/listsecrets/action", "/liststorageaccountkeys/action")
"""How the operations end that show a key (CONTRACTS §2, §3, §5 and §6)."""

_ENDS: Final = frozenset({"Microsoft.KeyVault.SecretNearExpiry", "Microsoft.KeyVault.SecretExpired"})
"""The first comes thirty days before a version ends, the other when it has (CONTRACTS §9)."""
NEAR: Final = timedelta(days=31)
"""A secret that ends later than so has been given another version since its vault's word on it."""

PASSES_AT_ONCE: Final = 2
"""What an emergency takes: the idle key and the consumers in one, the old key in the next, which looks anew."""


@dataclass(frozen=True)
class KeyDesk:
    """Takes what is asked and lets the rotator work."""

    rotator: Rotator
    principal_id: str
    """Object id of our own identity, which reads keys all the time."""

    async def rotate(self, holder: str) -> None:
        """What the timer does: one pass over all accounts."""
        await self.rotator.run(holder)

    async def answer(self, wanted: Rotate, holder: str) -> None:
        """
        Keep what somebody asks for, and begin.

        Raises BadEvent for what has no keys that rotate here, is not there, or is left alone by policy. Raises Conflict
        for an emergency that nobody could begin with, since somebody else is at that account, and DependencyDown for
        one that did not come to its end: what is asked is kept, and comes again, long before the timer does.
        """
        account, now = wanted.account, self.rotator.world.clock.now()
        if kind_of(account) not in KEYED:
            raise BadEvent(
                f"{account} has no keys that rotate: name an AI account, search service, storage or endpoint"
            )
        fact, workspace = await _with_workspace(account, self.rotator.world.inventory.get)
        if fact.seen is Seen.ABSENT:
            raise BadEvent(f"{account} does not exist, and so has no keys; ask for another, or see who deleted it")
        if fact.present and effect(self.rotator.policy, fact, workspace) is Effect.OFF:
            raise BadEvent(f"policy leaves the keys of {account} alone: effect is off for {RENEWALS[fact.kind].id}")
        await grant(self.rotator.rotation.ledger, wanted, now)
        log.info("rotation.asked account=%s wish=%s", account.name, wanted.wish)
        if wanted.wish is Wish.NOW:
            await self._at_once(wanted, holder, writes=effect(self.rotator.policy, fact, workspace) is Effect.ENFORCE)
        else:
            await self.rotator.run(holder, only=(account,), marks=(self._mark(wanted),))

    async def _at_once(self, wanted: Rotate, holder: str, *, writes: bool) -> None:
        """An emergency, as far as it goes; a request that failed, or a list that was not read, may succeed soon."""
        account, ends = wanted.account, not (writes and self.rotator.enforce)
        trouble = ""
        for number in range(PASSES_AT_ONCE):
            made = await self.rotator.run(f"{holder}-{number}", only=(account,), marks=(self._mark(wanted),))
            stands = made.get(account)
            if stands is None:
                raise Conflict(f"the keys of {account.name} could not be looked after at once; somebody may be at them")
            ends = ends or not stands.record.open
            trouble = stands.record.trouble or "a step was made, and nobody knows yet what came of it"
        if not ends:
            raise DependencyDown(f"the emergency of {account.name} is not over: {trouble}")

    def _mark(self, wanted: Rotate) -> Mark:
        """Why the pass is made, for its rows."""
        cause = f"rotate {wanted.wish}"
        return Mark(self.rotator.app, wanted.account, cause, correlation_id=wanted.correlation_id)

    async def notice(self, event: Event) -> None:
        """
        Keep that a key was shown to somebody whom policy does not expect, or that a secret with one comes to its end.

        Any other event is not our business. Raises DependencyDown where nobody can tell now whose key was shown.
        """
        if event.type in _ENDS:
            await self._renew(event)
            return
        if not _shows_a_key(event) or event.principal == self.principal_id:
            return
        account = await self._account(event.resource)
        if account is None or await self._expects(account, event):
            return
        who = event.deed.who if event.deed else event.principal or event.application or "somebody unnamed"
        at = event.deed.at if event.deed else self.rotator.world.clock.now()
        sighting = Sighting(who, event.operation, at, event.correlation_id)
        await sighted(self.rotator.rotation.ledger, account, sighting)
        log.warning("rotation.sighted account=%s operation=%s", account.name, event.operation)

    async def _renew(self, event: Event) -> None:
        """
        Keep that an account's keys shall be rotated, since a vault secret that holds one ends.

        Tags are anybody's who may write the secret, so only one with a living key counts, which is compared; and only
        one in a vault that a pass looks into, for the rotation must give it its new key.
        """
        world = self.rotator.world
        now = world.clock.now()
        if kind_of(event.resource) is not Kind.SECRET or not await hubs_for(
            event.resource, world.inventory, world.lineage, now
        ):
            return
        secret = await world.inventory.get(event.resource)
        account, end = account_of(secret), ends(secret)
        if account is None or end is None or end - now > NEAR:
            return
        held = (await self.rotator.reader.held([secret])).held.get(secret.id)
        if held is None or held.slot not in ROTATED:
            log.warning("rotation.unheeded secret=%s: it is not known to hold a living key", secret.id.name)
            return
        wanted = Demand(Cause.EXPIRY, _ending(secret, end, now), event.id, now, event.correlation_id)
        await demand(self.rotator.rotation.ledger, account, wanted)
        log.info("rotation.expiry account=%s secret=%s", account.name, secret.id.name)

    async def _account(self, resource: ResourceId) -> ResourceId | None:
        """Whose key was shown; a project shows the key of a connection that its hub shares with all."""
        kind = kind_of(resource)
        if kind in KEYED:
            return resource
        if kind not in CHILDREN | WORKSPACES:
            return None
        fact = await self._read(resource)
        shared = ResourceId.find(fact.get("properties", "createdByWorkspaceArmId")) if is_view(fact) else None
        return account_of(fact if shared is None else await self._read(shared.child("connections", resource.name)))

    async def _read(self, resource: ResourceId) -> Fact:
        fact = await self.rotator.world.inventory.get(resource)
        if fact.seen is Seen.UNREADABLE and not fact.permission:
            raise DependencyDown(f"nobody can tell whose key was shown: {fact.reason}")
        return fact

    async def _expects(self, account: ResourceId, event: Event) -> bool:
        """Whether policy knows whoever was shown the key, or does not mind."""
        fact, workspace = await _with_workspace(account, self._read)
        setting = self.rotator.policy.rules[KEYS_UNSEEN.id].setting(fact, workspace)
        expected = {name.casefold() for name in setting.parameters["expected"]}
        return setting.effect is Effect.OFF or bool(expected & {event.principal, event.application})


async def _with_workspace(
    account: ResourceId, read: Callable[[ResourceId], Awaitable[Fact]]
) -> tuple[Fact, Fact | None]:
    """An account, and the workspace that an endpoint lives in: policy may go by the tags of both."""
    return await read(account), None if account.parent is None else await read(account.parent)


def _ending(secret: Fact, end: datetime, now: datetime) -> str:
    vault = secret.id.parent.name if secret.id.parent else ""
    told = f"expires on {end:%Y-%m-%d}" if end > now else "has expired"
    return f"secret {secret.id.name} of vault {vault} {told}"


def _shows_a_key(event: Event) -> bool:
    return event.type.endswith("Success") and event.operation.casefold().endswith(_SHOWS)
