"""The rule about accounts that could stop taking keys, for in their hub nobody keeps one any more."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.keys.account import takes_no_keys
from shared.model.action import Fix, PatchAccount
from shared.model.estate import Estate, leans_on
from shared.model.facts import Fact, Gap, Kind, Seen, kind_of
from shared.model.finding import Severity
from shared.model.key_facts import account_of, is_view
from shared.model.plan import Safety
from shared.model.resource_id import ResourceId
from shared.rules.connection import KEY_BASED
from shared.rules.entra import BY_IDENTITY
from shared.rules.rule import Context, Judgement, Parameter, Reads, Rule, Type, because, failed, passed, unknown

_TYPES: Final[Mapping[Kind, str]] = {
    Kind.AI_ACCOUNT: "Microsoft.CognitiveServices/accounts",
    Kind.SEARCH: "Microsoft.Search/searchServices",
    Kind.STORAGE: "Microsoft.Storage/storageAccounts",
}

_CATEGORIES: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.AI_ACCOUNT: frozenset({"AzureOpenAI", "AIServices", "CognitiveService"}),
    Kind.SEARCH: frozenset({"CognitiveSearch"}),
    Kind.STORAGE: frozenset({"AzureBlob", "ADLSGen2", "AzureStorageAccount", "AzureTableStorage"}),
}
"""What connections that lead to such an account are called, also where they do not say to which."""

_HOST: Final = re.compile(r"[a-z]+://([^/:]+)", re.IGNORECASE)


def _unneeded(account: Fact, context: Context) -> Judgement | None:
    if takes_no_keys(account):
        return passed("The account takes no keys.")
    wanted = dict([_off(account)])
    users = [user for user in context.estate.leaning_on(account.id) if not is_view(user)]
    keepers = [user for user in users if _auth(user) in KEY_BASED]
    if keepers:
        return passed(f"Keys of the account are in use: {_names(keepers)}.")
    if missing := _unseen(account, context.estate):
        return unknown(f"Whether anybody keeps a key of the account is not known: {missing}.", wanted)
    identified = [user for user in users if _auth(user) in BY_IDENTITY]
    if not identified:
        return None
    unclear = [user for user in users if user not in identified and _auth(user) != "None"]
    unclear += _silent(account, context.estate)
    if unclear:
        return unknown(f"Nobody can tell whether these keep a key of the account: {_names(unclear)}.", wanted)
    return failed(
        f"No connection or workspace here keeps a key of the account, and it still takes keys; it is used with an "
        f"identity by {_names(identified)}. Nobody outside of hubs was asked.",
        expected=wanted,
        actual={name: account.get("properties", name) for name in wanted},
        fix=_fix(account, identified, context),
    )


def _fix(account: Fact, identified: Sequence[Fact], context: Context) -> Fix:
    name, value = _off(account)
    kind = _TYPES[account.kind]
    others = sorted(_elsewhere(account, context.estate))
    refusal = f"other hubs lean on it, and may keep a key: {', '.join(hub.name for hub in others)}" if others else ""
    secrets, unseen = _secrets(account, context.estate)
    if secrets:
        refusal = refusal or f"keys of it are in vaults: {_names(secrets)}; take them out first"
    return Fix(
        PatchAccount(kind, {name: value}),
        before={name: account.get("properties", name)},
        after={name: value},
        undo=PatchAccount(kind, {name: not value}),
        refusal=refusal,
        wait=_too_soon(identified, context) or unseen,
    )


def _too_soon(identified: Iterable[Fact], context: Context) -> str:
    """A connection that was switched is tried for some days, in which its owner may still go back to a key."""
    days = timedelta(days=context.parameters["days"])
    for user in identified:
        changed = _changed(user)
        if changed is not None and context.now - changed < days:
            return f"{_names([user])} was changed on {changed:%Y-%m-%d}; keys stay for {days.days} days after that"
    return ""


def _changed(user: Fact) -> datetime | None:
    """When a connection was last written; a workspace's own time tells nothing of how it uses its storage."""
    return user.moment("systemData", "lastModifiedAt") if user.kind is Kind.CONNECTION else None


def _off(account: Fact) -> tuple[str, bool]:
    """What an account says that takes no keys (CONTRACTS §6)."""
    return ("allowSharedKeyAccess", False) if account.kind is Kind.STORAGE else ("disableLocalAuth", True)


def _auth(user: Fact) -> str:
    """
    How a consumer proves who it is, as an auth type; a workspace comes to its storage with a key unless it says so.

    What a mode that is neither (`UserDelegationSAS`) takes of its storage nobody has told us, so it stays what it is.
    """
    if user.kind is Kind.CONNECTION:
        return user.text("properties", "authType")
    mode = user.text("properties", "systemDatastoresAuthMode").casefold()
    return {"identity": "ManagedIdentity", "": "AccountKey", "accesskey": "AccountKey"}.get(mode, mode)


def _unseen(account: Fact, estate: Estate) -> str:
    """What of the families that lean on an account nobody could read; empty where all was."""
    for hub in _families(account, estate):
        gap = estate.children(hub, Kind.PROJECT)
        if isinstance(gap, Gap):
            return because(gap.reason, gap.permission)
        for workspace in estate.family(hub):
            listed = estate.children(workspace.id, Kind.CONNECTION)
            if isinstance(listed, Gap):
                return because(listed.reason, listed.permission)
            if listed is None or not workspace.present:
                return f"nobody looked into {workspace.id.name}"
    return ""


def _silent(account: Fact, estate: Estate) -> Iterator[Fact]:
    """Connections that keep a key, may be the account's, and do not say whose it is."""
    for hub in _families(account, estate):
        for workspace in estate.family(hub):
            listed = estate.children(workspace.id, Kind.CONNECTION)
            found = () if listed is None or isinstance(listed, Gap) else listed
            yield from (one for one in found if not is_view(one) and _may_lead_to(account, one))


def _secrets(account: Fact, estate: Estate) -> tuple[list[Fact], str]:
    """
    The secrets that hold a key of an account, and in which vaults of its hub's family nobody looked for them.

    Only a look at keys lists them. So they change no verdict, or it would come and go between that and other sweeps.
    """
    families = (workspace for hub in _families(account, estate) for workspace in estate.family(hub))
    named = {one for workspace in families for one in leans_on(workspace) if kind_of(one) is Kind.KEY_VAULT}
    found: list[Fact] = []
    unseen = []
    for vault in sorted(named):
        listed = estate.children(vault, Kind.SECRET)
        if listed is not None and not isinstance(listed, Gap):
            found += [secret for secret in listed if account_of(secret) == account.id]
        elif not _is_gone(estate.find(vault)):
            unseen.append(vault.name)
    return found, f"a key may be in {', '.join(unseen)}, and only a look at keys lists secrets" if unseen else ""


def _is_gone(fact: Fact | None) -> bool:
    return fact is not None and fact.seen is Seen.ABSENT


def _may_lead_to(account: Fact, connection: Fact) -> bool:
    if connection.text("properties", "category") not in _CATEGORIES[account.kind] or _auth(connection) in BY_IDENTITY:
        return False
    if ResourceId.find(connection.get("properties", "metadata", "ResourceId")) is not None:
        return False
    host = _HOST.match(connection.text("properties", "target"))
    if host is None or ".api.cognitive." in host[1]:
        return True
    own = {account.id.name.casefold(), account.text("properties", "customSubDomainName").casefold()}
    return host[1].partition(".")[0].casefold() in own


def _families(account: Fact, estate: Estate) -> list[ResourceId]:
    """The hubs of this estate that lean on an account; those that the lineage index knows besides were not read."""
    return [hub for hub in estate.users_of(account.id) if hub not in _elsewhere(account, estate)]


def _elsewhere(account: Fact, estate: Estate) -> frozenset[ResourceId]:
    return frozenset(hub for hub in estate.shared_by.get(account.id, ()) if hub != estate.hub)


def _names(users: Iterable[Fact]) -> str:
    """Each by its own name and, for a connection, its workspace's."""
    return ", ".join(
        sorted(f"{user.id.parent.name}/{user.id.name}" if user.id.parent else user.id.name for user in users)
    )


NO_UNNEEDED_KEYS = Rule(
    id="HW-KEY-007",
    title="Account takes no keys where nobody keeps one",
    why="A key that nobody needs is still one that somebody may have; switched off, a copy of it opens nothing.",
    kinds=frozenset(_TYPES),
    severity=Severity.MEDIUM,
    safety=Safety.GATED,
    controls=("N-43", "AI-06", "SR-05", "ST-01"),
    check=_unneeded,
    parameters={
        "days": Parameter(Type.INTEGER, 7, "Days that keys stay after a connection was switched to an identity", 0),
    },
    permissions=tuple(f"{type_}/write" for type_ in _TYPES.values()),
    reads=Reads.FAMILY,
)
