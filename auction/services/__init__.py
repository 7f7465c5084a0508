"""The verbs people use. A service that changes a lot asks the sequencer; others commit alone."""
