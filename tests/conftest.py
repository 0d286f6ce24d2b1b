"""What holds for all tests: no property is held to a time, for speed is measured by `make bench`."""

from hypothesis import settings

settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")
