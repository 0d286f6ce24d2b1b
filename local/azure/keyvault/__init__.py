"""The secrets in key vaults: kept once, served by ARM without values and by the vault's own data plane with them."""
