"""Estates that never were, in the shapes of Azure's own documents: `python -m local estate` writes them."""
