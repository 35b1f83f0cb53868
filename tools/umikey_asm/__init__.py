"""Assembler sources for the firmware's inline assembler, and what makes Python of them."""
