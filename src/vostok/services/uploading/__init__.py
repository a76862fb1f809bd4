"""Uploads of persons: received, judged, and made builds of."""
