"""Which sequences to order next: search for high predictions that can be trusted and made."""
