"""A team's store: one schema of a PostgreSQL database per workspace; needs the extra `postgres`."""
