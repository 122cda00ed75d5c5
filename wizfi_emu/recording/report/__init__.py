"""A recording as one page for a browser, with everything in it."""
