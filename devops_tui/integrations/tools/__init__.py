"""Readers of connected tools: one module a kind, each a function from HTTP to findings."""
