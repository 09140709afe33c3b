"""What all tests share."""

from hypothesis import settings

# A time limit for one example would fail on a busy machine and nowhere else.
settings.register_profile("offtake", deadline=None, max_examples=100)
settings.load_profile("offtake")
