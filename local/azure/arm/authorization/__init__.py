"""Microsoft.Authorization's roles: what each allows, who is assigned which, and what a caller may do by them."""
