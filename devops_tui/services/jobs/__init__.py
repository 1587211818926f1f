"""Executors: each does one kind of work, and can be called again after a crash."""
