"""How true the stand-in is to Azure's contracts, counted: `make conformance`."""
