"""The English catalogue; `python -m auction.translations` compiles it."""
