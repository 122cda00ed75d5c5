"""The handle from outside: state, pins, power and traffic of a running module over HTTP, and its panel in a browser.

It drives the module as hands on a board do: pins, the button, the plug, the serial line. `ModuleHandle` is what it
needs of a module, `State` what it shows; `device` has both. Starlette and Hypercorn are imported by `server` and what
it needs, and only when a module is started with a control address.
"""
