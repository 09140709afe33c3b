"""LibreOffice Calc: the code that runs inside it, and the worker behind it.

- `component` runs in Calc's own Python: the add-in's methods, which pass every call on.
- `supervisor` runs there too: it starts the worker, watches it, and starts another.
- `worker` runs in the project's Python: it answers calls from the catalogue.
"""
