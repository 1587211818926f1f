"""A board that Jira holds as well: what comes in, what goes out, what asks a person."""
