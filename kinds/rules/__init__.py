"""What an MCPServer must fulfil beyond its schema: small functions, one for each rule."""
