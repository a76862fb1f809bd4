"""Publications: what is in one, what it replaces, and which are kept."""
