"""Forms: what a person types, checked and turned into the shapes of the services."""
