"""The bridge that runs in Pods: a stdio MCP server, served over HTTP to clients of every era."""
