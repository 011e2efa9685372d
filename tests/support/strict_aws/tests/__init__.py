"""The strict layer against its own rules: one test a deviation from plain moto."""
