"""Azure Resource Manager: the front door, its table of routes, and one module per kind of resource."""
