"""Builds with sbuild in chroots made by mmdebstrap, as an unprivileged user."""
