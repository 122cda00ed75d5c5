"""The situations of the field bugs around any host: what each of them does to it, on a score card.

`situations` reads what goes wrong in each, `judge` plays them and decides, `card` prints.
"""
