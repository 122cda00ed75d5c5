"""Lockstep: host and module share one virtual time, which goes on only while both wait."""
