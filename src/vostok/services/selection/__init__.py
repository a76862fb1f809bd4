"""What a selection takes, and what that costs: names, closures of dependencies, estimates."""
