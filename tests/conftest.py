"""For all tests: a property is not judged by the time of its first example, which may compile."""

from hypothesis import settings

settings.register_profile("lendsim", deadline=None)
settings.load_profile("lendsim")
