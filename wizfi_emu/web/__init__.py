"""The module's web configuration pages: what comes in, what goes out, how it looks.

Pure, except for `files`, which reads the packaged pages. What the pages change in the module is in
`wizfi_emu.module.webserver` and `webactions`.
"""
