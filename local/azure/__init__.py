"""A local stand-in for the parts of Azure that Hubwarden speaks to; see docs/azure-stand-in.md."""
