"""Every command with its one line of help, and where it lives: nothing else is loaded for those."""

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "validate": "Check MCPServer manifests as the cluster would, without one",
    "list": "List the MCP servers of a namespace, or of all",
    "get": "Show how one MCP server is, and why",
    "logs": "Print what an MCP server says, or its adapter",
    "tools": "List the tools of a deployed MCP server",
    "call": "Call a tool of a deployed MCP server",
    "delete": "Delete MCP servers and all that belongs to them",
    "completion": "Print a script that completes commands in your shell",
    "version": "Print the version of kmcp",
}
ALIASES: Mapping[str, str] = {"status": "get", "ls": "list"}
