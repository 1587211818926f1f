"""Jira, Cloud and Data Center: reads and writes issues by its REST interfaces."""
