"""Links to hosts: SSH and this machine, detached commands, and the masking of secrets."""
