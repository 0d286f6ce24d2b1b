"""Hubwarden on one machine: the Functions host, the Azure stand-in, the demo, the plan command. Nothing imports it."""
