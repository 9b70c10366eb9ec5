"""Gives workloads that ask for it a Service that leads to the adapters in their Pods."""
