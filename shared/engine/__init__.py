"""
Observe, judge, plan, compare, apply, verify, record: one pass over one hub.

`runner` runs them in that order, for `reconcile`, which knows whose turn it is.

Imports ports, never adapters; judge, plan and compare are pure.
"""
