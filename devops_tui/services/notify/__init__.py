"""Tells people of events, on the channels of the workspace."""
