"""Inputs that nobody thought of, for everything that takes some from outside.

``targets`` says what is done with an input, ``corpus`` holds inputs to begin with, `fuzz.run` finds others, led by the
code that they reach (atheris, the extra ``fuzz``). ``scripts/fuzz --help``.
"""
