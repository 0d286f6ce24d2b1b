"""
Observe, judge, plan, compare, apply, record: one pass over one hub. `reconcile` runs them in that order.

Imports ports, never adapters; judge, plan and compare are pure.
"""
