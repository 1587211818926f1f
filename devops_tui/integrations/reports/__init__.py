"""Readers of what test and load tools write: bytes to domain objects, one file per tool."""
