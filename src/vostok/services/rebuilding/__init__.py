"""Requests to rebuild: what they come to, their campaigns, and the sources made for them."""
