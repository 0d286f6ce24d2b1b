"""How the commands find a resource by what somebody typed, and name it, and say why it could not be read."""

from collections.abc import Iterable
from difflib import get_close_matches

from shared.model.errors import EstateInvalid
from shared.model.resource_id import ResourceId


def called(known: Iterable[ResourceId], wanted: str, what: str, such: str = "") -> ResourceId:
    """
    The one with an id, or with a name that no other has; case does not count.

    `what` and `such` say in an error what they are: "account", " with keys". Raises EstateInvalid for one that is not
    there, with the nearest names, and for a name that several have, with their ids.
    """
    ordered, named = sorted(known), ResourceId.find(wanted)
    chosen = [one for one in ordered if one == named or (named is None and one.name.casefold() == wanted.casefold())]
    if not chosen:
        raise EstateInvalid(f"no {what}{such} is called {wanted!r}{near(ordered, wanted)}")
    if len(chosen) > 1:
        ids = "\n  ".join(map(str, chosen))
        raise EstateInvalid(f"{len(chosen)} {what}s are called {wanted!r}; give the id of one:\n  {ids}")
    return chosen[0]


def near(known: Iterable[ResourceId], wanted: str) -> str:
    """The names nearest to one that is not there, as the end of a sentence; empty where none is near."""
    names = get_close_matches(wanted.rpartition("/")[2], sorted({one.name for one in known}), n=3)
    return f"; did you mean {' or '.join(names)}?" if names else ""


def named(resource: ResourceId) -> str:
    """A connection with its workspace, a secret with its vault, for many have one of the same name."""
    return f"{resource.parent.name}/{resource.name}" if resource.parent else resource.name


def because(reason: str, permission: str) -> str:
    """Why something could not be read, with the permission that it takes unless the reason has that."""
    return f"{reason} (needs {permission})" if permission and permission not in reason else reason
