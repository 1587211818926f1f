"""Connected tools: when each is read, what is kept of it, which incidents it opens."""
