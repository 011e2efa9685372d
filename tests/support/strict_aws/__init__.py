"""Strict AWS."""
