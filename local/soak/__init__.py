"""Soaks: months of simulated time against the Azure stand-in, to see what only shows after many rounds."""
