"""Documented elements: what the record says, typed, with units and evidence."""
