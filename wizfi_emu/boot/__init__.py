"""What stands around the application: firmware images, the configuration table (DCT), uploads. Pure."""
