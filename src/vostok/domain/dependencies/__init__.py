"""Who needs whom: the dependency graph of one suite on one architecture."""
