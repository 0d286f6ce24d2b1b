"""
Measurements, as `make bench` runs them: one module for each question, and a table with medians.

A table is no test: an aim that is missed is shown, and only a measurement that could not be made fails the run.
"""
