"""`python -m local images`: which image each compute runs, how far behind that is, and the way out."""
