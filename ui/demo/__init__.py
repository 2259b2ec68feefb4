"""What `rilievo demo` shows: a portrait that becomes a lit relief."""
