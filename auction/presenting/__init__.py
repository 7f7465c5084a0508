"""Wording of what happens, in Chinese and English, and what each audience may see of it."""
