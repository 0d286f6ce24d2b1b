"""
The words of Hubwarden as frozen data; the standard library only, no clock, no network.

Read in this order: `resource_id`, `facts`, `estate` (what is), `finding` (what is wrong), `action` and `plan`
(what to write), `outcome` (what became of it), `errors` (what can go wrong on the way).
"""
