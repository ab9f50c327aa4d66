"""One PostgreSQL instance on a host: look at it, and the files it is steered by."""
