"""`python -m local preflight`: what would make a deployment fail half-way, found before anything is made."""
