"""The offtake command."""
