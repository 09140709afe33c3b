"""Valid calls of every function, and invalid values for each kind of argument, by family."""
