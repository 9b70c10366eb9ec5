"""Admission over HTTPS: defaults and checks MCPServers while the API server waits."""
