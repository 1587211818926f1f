"""devops-tui: run a service from commit to traffic without leaving the keyboard."""

__version__ = "0.1.0"
