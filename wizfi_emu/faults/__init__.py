"""Faults: what goes wrong around a module, at a moment, for a time, with a probability.

Pure: time and chance go in, nothing waits. A `plan.FaultPlan` stands between the machine and its world; `model` says
which faults there are, `triggers` when they begin, `network`, `mqtt`, `answers` and `line` what they do.
"""
