"""Puts the adapter into a Pod: decides, builds what is added, checks what became of it."""
