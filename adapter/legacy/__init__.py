"""Clients of the revisions with sessions, 2024-11-05 to 2025-11-25, over three transports."""
