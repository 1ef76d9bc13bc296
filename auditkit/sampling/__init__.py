"""Frames, plans and draws."""
