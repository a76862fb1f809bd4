"""What builds and apt see: editions of views, index files, and who is served which file."""
