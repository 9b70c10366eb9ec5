"""What every object has in common, whatever its kind."""

import msgspec


class Metadata(msgspec.Struct, frozen=True, rename="camel"):
    """Which object it is, and which version of it."""

    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0


class Object(msgspec.Struct, frozen=True, rename="camel"):
    """An object of any kind; items of a list do not repeat which."""

    api_version: str = ""
    kind: str = ""
    metadata: Metadata = Metadata()


class Reference(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Which object is meant, as events name it."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""
    """Empty for what is in no namespace."""
    uid: str = ""
