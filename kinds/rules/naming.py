"""Rules about names and labels: of the server, its Pods and its environment variables."""

from collections.abc import Iterator

from kinds import names, patterns, reading
from kinds.problems import Problem, child, forbidden, missing, wrong
from kinds.reading import Fields, within
from kinds.rules.rule import Cel, Rule

LONGEST_NAME = 63
GENERATED_SUFFIX = 5
"""How many characters the API server adds to a generateName, after shortening it if need be."""

NAME_SENTENCE = (
    "use at most 63 lower-case letters, digits and -, starting with a letter: its Service is "
    "called like it"
)
KEY_SENTENCE = (
    "a key is name or prefix/name: at most 63 letters, digits, -, _ and . in the name; "
    "the prefix like example.com"
)
LABELS = "spec.deployment.labels"
KEYED = (
    LABELS,
    "spec.deployment.annotations",
    "spec.deployment.nodeSelector",
    "spec.deployment.serviceAccount.labels",
    "spec.deployment.serviceAccount.annotations",
)


def name_fits_a_service(server: Fields) -> Iterator[Problem]:
    """Deployment, Service and ServiceAccount are called like the server."""
    name = reading.text(server, "metadata", "name")
    prefix = reading.text(server, "metadata", "generateName")
    if name and not _is_server_name(name):
        yield wrong("metadata.name", name, NAME_SENTENCE)
    elif not name and prefix:
        generated = prefix[: LONGEST_NAME - GENERATED_SUFFIX] + "0" * GENERATED_SUFFIX
        if not _is_server_name(generated):
            yield wrong("metadata.generateName", prefix, NAME_SENTENCE)


def labels_leave_the_selector_alone(server: Fields) -> Iterator[Problem]:
    """A Pod with another value would not be found by its own Service."""
    labels = reading.texts(server, *LABELS.split("."))
    name = reading.text(server, "metadata", "name")
    for label in names.SELECTOR_LABELS:
        if label in labels and labels[label] != name:
            sentence = "kmcp finds the Pods by this label: remove it"
            yield forbidden(child(LABELS, label), sentence, labels[label])


def keys_are_qualified_names(server: Fields) -> Iterator[Problem]:
    """The API server refuses other keys once the Pod is made."""
    for place in KEYED:
        for key in reading.fields(within(server, *place.split("."))):
            of_annotation = place.endswith("annotations")
            if not is_qualified(key.lower() if of_annotation else key):
                yield forbidden(child(place, key), KEY_SENTENCE)


def variables_have_names(server: Fields) -> Iterator[Problem]:
    """An environment is a list of name=value."""
    is_spelled = patterns.searcher(patterns.VARIABLE)
    for name in reading.fields(within(server, "spec", "deployment", "env")):
        if not name:
            yield missing(
                "spec.deployment.env", "every variable needs a name: remove the empty one"
            )
        elif not is_spelled(name):
            sentence = "a variable's name is printable ASCII without ="
            yield forbidden(child("spec.deployment.env", name), sentence)


def is_qualified(key: str) -> bool:
    """Say whether the API server takes the key; of annotations it reads it in lower case."""
    prefix, _, last = key.rpartition("/")
    return patterns.fits(patterns.LABEL_KEY, key) and len(prefix) <= 253 and len(last) <= 63


def _is_server_name(name: str) -> bool:
    return len(name) <= LONGEST_NAME and patterns.fits(patterns.SERVER_NAME, name)


RULES = (
    Rule(
        name_fits_a_service,
        (
            Cel(
                "",
                "oldSelf.hasValue() || size(self.metadata.name) <= 63 && "
                f"self.metadata.name.matches('{patterns.SERVER_NAME}')",
                f"metadata.name: {NAME_SENTENCE}",
                on_create_only=True,
            ),
        ),
    ),
    Rule(labels_leave_the_selector_alone),
    Rule(keys_are_qualified_names),
    Rule(
        variables_have_names,
        (
            Cel(
                "spec.deployment.env",
                f"self.all(name, name.matches('{patterns.VARIABLE}'))",
                "a variable's name is printable ASCII without =, and not empty",
            ),
        ),
    ),
)
