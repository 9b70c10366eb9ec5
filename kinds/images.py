"""References to container images: which registry they come from, how firm they are."""

from dataclasses import dataclass

DEFAULT_REGISTRY = "docker.io"
DEFAULT_FOLDER = "library"


@dataclass(frozen=True)
class Reference:
    """An image in full: docker.io/library/node, tag 24, no digest."""

    repository: str
    tag: str
    digest: str

    @property
    def moves(self) -> bool:
        """Say whether the same reference is meant to name another image tomorrow."""
        return not self.digest and self.tag in ("", "latest")

    def is_from(self, prefix: str) -> bool:
        """Say whether the image lies under a registry or a folder of one."""
        wanted = prefix.rstrip("/*")
        return self.repository == wanted or self.repository.startswith(f"{wanted}/")


def reference(image: str) -> Reference:
    """Return what a container runtime makes of *image*, however it is spelled."""
    named, _, digest = image.partition("@")
    folder, slash, last = named.rpartition("/")
    name, _, tag = last.partition(":")
    return Reference(_in_full(f"{folder}{slash}{name}"), tag, digest)


def _in_full(name: str) -> str:
    first, slash, _ = name.partition("/")
    is_registry = slash and ("." in first or ":" in first or first == "localhost")
    if is_registry:
        return name
    return f"{DEFAULT_REGISTRY}/{name}" if slash else f"{DEFAULT_REGISTRY}/{DEFAULT_FOLDER}/{name}"
