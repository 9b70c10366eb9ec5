"""The only door to the Kubernetes API: connections, requests, and our own family of errors."""
