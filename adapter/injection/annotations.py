"""Every annotation in our name: the product writes or reads these, all others are misspelled."""

from adapter.injection.choices import CHOICES
from kinds import names
from kinds.reading import Fields, texts

EXPOSE = f"{names.DOMAIN}/expose"
"""Label or annotation of a Pod: "true" asks for a Service beside its workload."""
SOURCE = f"{names.DOMAIN}/source"
"""Of a Deployment that the reconciler made: a digest of what its MCPServer says of the Pods."""
REFERENCES = f"{names.DOMAIN}/references"
"""Of a Pod: a keyed digest of the Secrets and ConfigMaps that it sees."""

KNOWN = frozenset(
    {
        names.INJECT,
        names.INJECTED,
        names.INJECTION_FAILED,
        names.REPLICAS,
        EXPOSE,
        SOURCE,
        REFERENCES,
        *(choice.annotation for choice in CHOICES),
    }
)


def unknown(pod: Fields) -> list[str]:
    """Return a Pod's annotations in our name that mean nothing."""
    given = texts(pod, "metadata", "annotations")
    return sorted(key for key in given if key.startswith(f"{names.DOMAIN}/") and key not in KNOWN)
