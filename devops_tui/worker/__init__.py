"""The process that acts on the world; and its collectors, which look at hosts."""
