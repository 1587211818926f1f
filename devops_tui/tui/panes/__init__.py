"""Parts of screens that are an idea of their own."""
