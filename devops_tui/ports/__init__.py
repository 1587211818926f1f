"""Promises between the floors: Protocols only, no I/O."""
