"""A local stand-in for the parts of Azure that Hubwarden speaks to. See docs/azure-stand-in.md."""

from local.azure.events.subscription import EventSubscription
from local.azure.options import Options
from local.azure.serve import serve
from local.azure.stand_in import AzureStandIn

__all__ = ["AzureStandIn", "EventSubscription", "Options", "serve"]
