"""The machine: pure, events and the time in, effects out."""
