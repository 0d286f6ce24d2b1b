"""What goes wrong, by plan or at random with a seed. See docs/azure-stand-in.md."""

from local.azure.faults.faults import Faults

__all__ = ["Faults"]
