"""What the adapter may use: the installation's word, and what a user wants otherwise."""

from kinds.quantities import amount
from kinds.reading import Fields, fields


def resources(usual: Fields, wish: Fields) -> Fields:
    """Return requests and limits that the API server accepts; a wish of None removes.

    Where only one of the two was wished for, the other follows: a request is never above its limit.
    """
    requests = _merged(usual, wish, "requests")
    limits = _merged(usual, wish, "limits")
    for name in requests.keys() & limits.keys():
        if _is_above(requests[name], limits[name]):
            if name in fields(wish.get("limits")):
                requests[name] = limits[name]
            else:
                limits[name] = requests[name]
    made = {"requests": requests, "limits": limits}
    return {kind: amounts for kind, amounts in made.items() if amounts}


def contradictions(wish: Fields) -> list[str]:
    """Return the resources of which more is asked for than allowed, both in so many words."""
    requests, limits = fields(wish.get("requests")), fields(wish.get("limits"))
    both = sorted(requests.keys() & limits.keys())
    return [name for name in both if _is_above(requests[name], limits[name])]


def _merged(usual: Fields, wish: Fields, kind: str) -> Fields:
    merged = {**fields(usual.get(kind)), **fields(wish.get(kind))}
    return {name: value for name, value in sorted(merged.items()) if value is not None}


def _is_above(request: object, limit: object) -> bool:
    wanted, most = amount(request), amount(limit)
    return wanted is not None and most is not None and wanted > most
