"""Space that is taken and freed: archives deleted, files collected, the store proved."""
