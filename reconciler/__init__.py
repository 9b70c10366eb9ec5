"""The reconciler: keeps what belongs to MCPServers as they say, and says how that went."""
