"""Widgets that draw lines of safe text, and nothing else."""
