"""Reads devops.yaml into the domain's Workspace; the only place that knows pydantic and yaml."""
