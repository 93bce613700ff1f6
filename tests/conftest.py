"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# A deadline for each example measures how busy the machine is, not what is tested.
settings.register_profile("trueup", deadline=None)
settings.load_profile("trueup")
