"""Backups: one file that holds all that no tool could give back."""
