"""Drives the cluster to what MCPServers ask for, and says in their status what is true."""
