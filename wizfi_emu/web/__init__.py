"""The module's web configuration pages: what comes in, what goes out, how it looks.

Pure; the files of the pages are read by `wizfi_emu.factory`. What the pages change in the module is in
`wizfi_emu.module.webserver` and `webactions`.
"""
