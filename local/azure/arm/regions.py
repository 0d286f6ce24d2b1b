"""
The regions of Microsoft.Web, as its tools ask for those with Flex Consumption.

Two of them, one with zones. Names and `orgDomain` are as in the answers that Azure's Terraform module is tested with
(github.com/Azure/terraform-azurerm-avm-res-web-serverfarm).
"""

from typing import Final

from local.azure.arm.call import Call, Reply
from local.azure.arm.plain import require
from local.azure.cloud import Cloud

_REGIONS: Final = {
    "West Europe": "PUBLIC;FLEXCONSUMPTION;FCZONEREDUNDANCY",
    "North Central US": "PUBLIC;FLEXCONSUMPTION",
}


def list_regions(cloud: Cloud, call: Call) -> Reply:
    """The regions that a subscription may have apps in."""
    subscription = require(cloud, f"/subscriptions/{call.names['subscription']}")
    place = f"{subscription['id']}/providers/Microsoft.Web/geoRegions"
    found = [
        {
            "id": f"{place}/{name}",
            "name": name,
            "type": "Microsoft.Web/geoRegions",
            "properties": {"name": name, "displayName": name, "orgDomain": domain},
        }
        for name, domain in _REGIONS.items()
    ]
    return Reply(200, {"value": found})
