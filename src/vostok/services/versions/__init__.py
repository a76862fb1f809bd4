"""Versions of rebuilds: from what they are decided, how an archive makes them, and why."""
