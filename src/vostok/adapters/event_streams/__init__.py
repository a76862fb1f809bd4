"""Server-sent events: open answers to whoever follows news, and to pages that are open."""
