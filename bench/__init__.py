"""Benchmarks: one question each, everything compared in the same run, ratios printed."""
