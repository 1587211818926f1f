"""Use cases over ports: what the product does, without knowing with what."""
