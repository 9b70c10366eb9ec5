"""The manifests of a server, each a pure function."""
