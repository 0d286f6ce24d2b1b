"""The Azure Functions host on one machine: it drives Microsoft's own Python runtime as the real host would.

`python -m local host` and the demo call `host.serve`. What it does not do is said in docs/local-host.md.
"""
