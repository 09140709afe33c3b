"""LibreOffice Calc: what runs inside it, the worker behind it, and Calc itself without a window.

- `component` runs in Calc's own Python: the add-in's methods, which pass every call on.
- `worker` runs in the project's Python: it answers calls from the catalogue.
- `session` starts Calc without a window, with a `profile` of its own; `driver` is its half inside
  a Python that has UNO.
"""
