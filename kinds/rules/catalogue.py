"""The rules of an MCPServer in the order of a manifest, and the one function that asks them all."""

from dataclasses import replace

from kinds.problems import Problem, Reason, in_order, missing
from kinds.reading import Fields
from kinds.rules import mounting, naming, running, speaking
from kinds.rules.rule import Rule
from kinds.schema import spec_schema
from kinds.shape import misfits

RULES: tuple[Rule, ...] = (*naming.RULES, *speaking.RULES, *running.RULES, *mounting.RULES)

UNREADABLE = (Reason.WRONG_TYPE, Reason.REQUIRED)
"""Of a part that is absent or of a wrong type, the rules have nothing more to say."""


def problems(server: Fields) -> list[Problem]:
    """Return every mistake in an MCPServer whose defaults are filled in, sorted by field."""
    if "spec" not in server:
        return [missing("spec", "say what is to run, at least deployment with an image and a cmd")]
    found = [*misfits(server["spec"], spec_schema(), "spec")]
    hopeless = tuple(f"{one.field}." for one in found if one.reason in UNREADABLE)
    for rule in RULES:
        for problem in rule.check(server):
            if not problem.field.startswith(hopeless):
                found.append(replace(problem, rule=rule.name))
    return in_order(found)
