"""How many examples a property is tried with: some by day, many by night."""

from hypothesis import settings

DEEP = "deep"


def examples(usual: int, deep: int = 20_000) -> settings:
    """Settings for one property; `make test-deep` runs it with the larger number."""
    by_night = settings.get_current_profile_name() == DEEP
    return settings(max_examples=deep if by_night else usual)
