"""The rules of an MCPServer in the order of a manifest, and the one function that asks them all."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from kinds.problems import Problem, Reason, in_order, missing
from kinds.reading import Fields
from kinds.rules import adapting, mounting, naming, running, securing, speaking
from kinds.rules.rule import Rule
from kinds.schema import spec_fits, spec_schema
from kinds.shape import misfits

RULES: tuple[Rule, ...] = (
    *naming.RULES,
    *speaking.RULES,
    *running.RULES,
    *securing.RULES,
    *mounting.RULES,
    *adapting.RULES,
)

UNREADABLE = (Reason.WRONG_TYPE, Reason.REQUIRED)
"""Of a part that is absent or of a wrong type, the rules have nothing more to say."""

MOST = 500
"""More mistakes than anybody reads: the rest of a hostile document is not even looked at."""


def problems(server: Fields) -> list[Problem]:
    """Return every mistake in an MCPServer whose defaults are filled in, sorted by field."""
    if server.get("spec") is None:
        return [missing("spec", "say what is to run, at least deployment with an image and a cmd")]
    spec = server["spec"]
    fits = spec_fits()(spec)
    misfitting = [] if fits else [*islice(misfits(spec, spec_schema(), "spec"), MOST)]
    hopeless = tuple(f"{one.field}." for one in misfitting if one.reason in UNREADABLE)
    is_too_big = any(one.reason is Reason.TOO_MANY for one in misfitting)
    broken = [] if is_too_big else [*islice(_broken(server), MOST)]
    asked_for = {one.field for one in broken if one.reason is Reason.REQUIRED}
    return in_order(
        [
            *(one for one in broken if not one.field.startswith(hopeless)),
            # What both miss, the rule asks for in better words.
            *(one for one in misfitting if one.field not in asked_for),
        ]
    )


def _broken(server: Fields) -> Iterator[Problem]:
    for rule in RULES:
        for one in rule.check(server):
            yield replace(one, rule=rule.name)
