"""Files of packages: those of parents, fetched when they are needed, and those made here."""
