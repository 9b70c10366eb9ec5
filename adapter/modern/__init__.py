"""Clients of revision 2026-07-28, which knows no sessions: every request stands alone."""
