"""The world outside: database, files, network, signatures, sandboxes, the job engine."""
