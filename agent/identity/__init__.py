"""Who this device is, whose it is, and what lets it in: keys, certificate, pinned desk."""
