"""VBA projects: read, changed and written, without Excel."""
