"""The Azure Functions host on one machine: it drives Microsoft's own Python runtime as the real host would.

`python -m local host` and the demo call `serve`. What it does not do is said in docs/local-host.md.
"""

from local.host.host import HostOptions, serve
from local.host.keys import Keys

__all__ = ["HostOptions", "Keys", "serve"]
