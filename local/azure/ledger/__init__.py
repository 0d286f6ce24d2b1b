"""What happened, and the questions a test asks about it. See docs/azure-stand-in.md."""

from local.azure.ledger.ledger import Ledger

__all__ = ["Ledger"]
