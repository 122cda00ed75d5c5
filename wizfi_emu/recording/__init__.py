"""Recordings: what a module was told and what it ordered, as a file; and everything that is made of such a file.

A recording is written by an observer at the edge, so the machine knows nothing of it. Because the machine is pure, the
events of a recording and their times give the same effects again, byte for byte.
"""
