"""The life of a build: claimed, attempted, settled, retried, overtaken."""
