"""Certificates as values: an authority, the leaves that it signs, PEM in and PEM out."""
