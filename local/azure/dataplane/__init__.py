"""The services behind the resources, which open only to a live key or to a token whose owner has the role.

Each lives under a path instead of a host of its own: `/dataplane/{service}/{resource}/…` and from there on as in Azure.
"""
