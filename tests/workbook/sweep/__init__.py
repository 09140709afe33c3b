"""Valid calls of every function, and what is wrong for each kind of argument, by family."""
