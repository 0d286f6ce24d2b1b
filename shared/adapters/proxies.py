"""
Whether requests leave through a proxy that the environment names; asked when a client is made, and once.

Told to heed the environment, aiohttp looks for a proxy and in `~/.netrc` anew for every request, each in a thread of
its own: a tenth of what an event costs, for an answer that never changes while the app runs.
"""

from urllib.request import getproxies


def proxied() -> bool:
    """Whether the environment (HTTPS_PROXY and its like) names a proxy; an SDK client's `use_env_settings`."""
    return bool(getproxies())
