"""Puts this folder on the import path by being here: tests import `support.<module>`."""
