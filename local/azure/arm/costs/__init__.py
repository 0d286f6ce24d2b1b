"""Microsoft.CostManagement: what the estate would cost, by day, meter and tag, within the service's own throttle."""
