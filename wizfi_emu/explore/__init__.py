"""Explore: searches for the smallest sequence of faults that a host program does not survive.

`moments` are where something can go wrong in a run, `choices` what, `draw` puts both together into a `schedule`. `play`
runs one, `coverage` says what of it was new, `search` keeps and changes what was, `torture` goes through all of it in
order. What fails is made small by `shrink` and written by `failures`. Chance goes in: the same seed gives the
same search.
"""
