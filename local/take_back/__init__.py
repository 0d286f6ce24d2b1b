"""`python -m local take-back`: the tags that Hubwarden wrote, as they were before."""
