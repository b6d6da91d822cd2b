"""Captures that were opened on a page: kept, listed, taken apart packet by packet."""
