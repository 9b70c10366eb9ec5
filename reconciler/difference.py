"""Says whether an object has to be applied: what in it differs from the manifest, and only that."""

from kinds.reading import Fields


def differences(live: Fields, wanted: Fields) -> list[str]:
    """Return the paths where a live object is not as the manifest says; none: nothing to do.

    What others added stays out of it. What we applied once and do not want any more is in it.
    """
    raise NotImplementedError
