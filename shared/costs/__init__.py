"""What the estate costs, and who pays: the tags that resources should carry, and a month's bill split by them. Pure."""
