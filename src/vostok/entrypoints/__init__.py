"""The doors: command line, API, pages, APT repositories, builder gateway, executor, builder."""
