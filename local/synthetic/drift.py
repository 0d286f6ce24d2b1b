"""How far an estate has drifted from what an organisation wants: the shares of what is amiss."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Drift:
    """Shares from 0 (none) to 1 (all). The defaults are an estate nobody has looked after for a year."""

    not_isolated: float = 0.2
    """Hubs open to the public network, without a managed network."""
    unlogged: float = 0.25
    """Hubs whose logs go nowhere."""
    untagged: float = 0.06
    """Resources without any tag."""
    tag_missing: float = 0.12
    """Each of the cost tags, alone."""
    tag_misspelt: float = 0.2
    """Cost tags under another name, in other letters or with a value finance does not know."""
    shared_storage: float = 0.1
    """Hubs on a storage account that others use too."""
    orphaned: float = 0.01
    """Projects whose hub is gone."""
    keyed: float = 0.7
    """Connections that could use an identity and hold a key all the same."""
    connection_shared: float = 0.15
    """Connections shared to all."""
    connection_dangling: float = 0.05
    """Connections to what is not there."""
    old_image: float = 0.6
    """Compute instances on an image that has a successor."""
    idle_forever: float = 0.4
    """Compute instances that never stop by themselves."""
    never_empty: float = 0.3
    """Clusters that keep a node."""
    reachable: float = 0.3
    """Computes with a public address."""
    creating: float = 0.02
    """Computes on which nothing is known yet."""
    locked: float = 0.05
    """Hubs with a lock on them."""
    local_auth: float = 0.5
    """AI services accounts and storage accounts that take keys."""


TIDY = Drift(*[0.0] * len(Drift.__dataclass_fields__))
"""An estate in which nothing is amiss."""
