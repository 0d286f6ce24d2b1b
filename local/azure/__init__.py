"""A local stand-in for the parts of Azure that Hubwarden speaks to. See docs/azure-stand-in.md."""

from local.azure.options import EventSubscription, Options
from local.azure.serve import serve
from local.azure.stand_in import AzureStandIn

__all__ = ["AzureStandIn", "EventSubscription", "Options", "serve"]
