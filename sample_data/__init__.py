"""A synthetic dermatology practice with planted errors and a known answer key."""
