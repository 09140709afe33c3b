"""What all tests share."""

import os

from hypothesis import settings

# A time limit for one example would fail on a busy machine and nowhere else. A clean run judges a
# change by the same examples each time; elsewhere new ones are looked for.
settings.register_profile(
    "offtake", deadline=None, max_examples=100, derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("offtake")
