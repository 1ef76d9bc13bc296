"""The parts of the generator: people, prices, clinical scenes, planted errors and files.

Nothing here imports auditkit: the codes and the answer key are written from the clinical facts.
"""
