"""Officers: the first two, every change by two, and that enough of them can sign in."""
