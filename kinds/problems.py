"""A problem: one mistake in a manifest, where it is, what was written there, how to mend it."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as member
from enum import Enum
from typing import Any

LONGEST_VALUE = 80
LONGEST_KEY = 63
ENVIRONMENT = "spec.deployment.env"
SECRET_PLACES = ("spec.deployment.env", "spec.deployment.args", "spec.deployment.cmd")
PUBLIC_OF_SIDECARS = ("name", "image", "containerPort", "mountPath")
"""People put keys and passwords there, and into the rest of a sidecar: never repeated."""


_PASSWORD = re.compile(r"//[^/@\s]*@")
_VALUE = re.compile(r"[=:\s].*", re.DOTALL)


class Reason(Enum):
    """What sort of mistake it is, in the words of Kubernetes: (cause, how its message starts)."""

    INVALID = ("FieldValueInvalid", "Invalid value")
    REQUIRED = ("FieldValueRequired", "Required value")
    UNSUPPORTED = ("FieldValueNotSupported", "Unsupported value")
    DUPLICATE = ("FieldValueDuplicate", "Duplicate value")
    FORBIDDEN = ("FieldValueForbidden", "Forbidden")
    WRONG_TYPE = ("FieldValueTypeInvalid", "Invalid value")
    TOO_LONG = ("FieldValueTooLong", "Too long")
    TOO_MANY = ("FieldValueTooMany", "Too many")


@dataclass(frozen=True)
class Problem:
    """One mistake; the sentence tells the mend."""

    field: str
    reason: Reason
    sentence: str
    value: str | None = None
    """What was written there, as JSON; None when it is not worth repeating, or may be secret."""
    rule: str = member(default="schema", compare=False)
    """Which rule found it, for those who count."""
    evidence: int = member(default=0, compare=False, repr=False)
    """A digest of what was written there, so that a change of a hidden value is noticed."""

    @property
    def message(self) -> str:
        """Return the sentence with what stands there, as kubectl prints it behind the field."""
        start = self.reason.value[1]
        shown = "" if self.value is None else f": {self.value}"
        return f"{start}{shown}: {self.sentence}"

    def __str__(self) -> str:
        """Return the whole line."""
        return f"{self.field}: {self.message}"


def wrong(field: str, value: object, sentence: str, reason: Reason = Reason.INVALID) -> Problem:
    """Return the problem of a value that is there and does not fit."""
    return Problem(field, reason, sentence, shown(field, value), evidence=_digest(value))


def missing(field: str, sentence: str) -> Problem:
    """Return the problem of a value that is not there."""
    return Problem(field, Reason.REQUIRED, sentence)


def forbidden(field: str, sentence: str, value: object = None) -> Problem:
    """Return the problem of a field that may not be there at all, or not with this *value*."""
    return Problem(field, Reason.FORBIDDEN, sentence, evidence=_digest(value))


def shown(field: str, value: object) -> str | None:
    """Return the value as JSON, shortened; None where it may be secret, and for big things."""
    if isinstance(value, dict | list) or _may_be_secret(field):
        return None
    text = _PASSWORD.sub("//…@", _json(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems without repetitions, sorted by field, lists in the order of the list."""
    return sorted(set(problems), key=lambda problem: (_sortable(problem.field), problem.message))


def child(field: str, key: str) -> str:
    """Return the path of a member: spec.port, or spec.env[MY.KEY] for keys that hold dots.

    A key that is longer than a name can be, or that holds a value too, is cut.
    """
    if field == ENVIRONMENT and (name := _VALUE.sub("…", key)):
        key = name
    if len(key) > LONGEST_KEY:
        key = f"{key[:LONGEST_KEY]}…"
    return f"{field}.{key}" if key.replace("_", "").isalnum() else f"{field}[{key}]"


def _may_be_secret(field: str) -> bool:
    """Say whether people put keys and passwords there."""
    if field.startswith("spec.deployment.sidecars"):
        return ".env[" in field or not field.rpartition(".")[2].startswith(PUBLIC_OF_SIDECARS)
    return field.startswith(SECRET_PLACES)


def _json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    except ValueError:  # Python spells no number of thousands of digits
        return "a number without end"


def _digest(value: object) -> int:
    return hash(_json(value))


def _sortable(field: str) -> list[Any]:
    parts = field.replace("]", "").replace("[", ".").split(".")
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
