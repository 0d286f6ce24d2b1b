"""Questions about secrets: does a text, such as a log, hold one; does a connection hold a key that was killed.

The answers name each secret and never show it.
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from local.azure.cloud import Cloud

SHORTEST = 8
"""A shorter value, such as a user name, would be found everywhere."""
PUBLIC = ("clientid", "tenantid", "username", "authurl", "resourceid")
TOKEN = re.compile(r"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}")


def secrets_logged(cloud: Cloud, text: str) -> list[str]:
    """What of a text must not be there: keys and credentials, tokens, webhooks' keys; each by its name."""
    found = [name for name, value in _secrets(cloud) if len(value) >= SHORTEST and value in text]
    return [*found, *(["a bearer token"] if TOKEN.search(text) else [])]


def killed_keys_in_use(cloud: Cloud) -> list[dict[str, str]]:
    """The connections whose credentials hold a key that its resource no longer takes, and that resource."""
    dead = {value: own for own, value in cloud.keys.dead_values()}
    return [
        {"connection": own, "resource": dead[value]}
        for own, credentials in cloud.store.secrets.items()
        for _, value in _leaves(own, credentials)
        if value in dead
    ]


def _secrets(cloud: Cloud) -> Iterator[tuple[str, str]]:
    for own, credentials in cloud.store.secrets.items():
        yield from _leaves(own, credentials)
    for subscription in cloud.events.subscriptions.values():
        for name, values in parse_qs(urlsplit(subscription.endpoint).query).items():
            if name == "code":
                yield from ((f"event subscription {subscription.name}: {name}", value) for value in values)
    for standing, keys in (("live", cloud.keys.live_values()), ("regenerated", cloud.keys.dead_values())):
        yield from ((f"{own}: {standing} key", value) for own, value in keys)


def _leaves(name: str, node: object) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if str(key).casefold() not in PUBLIC:
                yield from _leaves(f"{name}: {key}", value)
    elif isinstance(node, str):
        yield name, node
