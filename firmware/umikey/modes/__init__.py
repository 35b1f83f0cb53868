"""One file per mode of key agreement, imported when first used (RFC 3830 section 3)."""
