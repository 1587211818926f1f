"""Wishes from outside: how they come in and are filed."""
