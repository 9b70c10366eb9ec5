"""Bearer tokens: who may call, when the adapter is an OAuth 2.1 resource server."""
