"""Pages about one proposal: making it, reading it, changing it."""
