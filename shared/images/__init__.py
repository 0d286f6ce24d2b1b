"""
The OS images of computes: how far behind each is, what its owner is told when, and the way to a new one. Pure.

Azure patches no compute instance in place: it keeps the image it was made with until somebody makes it anew
(CONTRACTS §4). So nothing here mends anything by itself; it counts days, tells people, and prepares what they need.
"""
