"""Transcripts: what is typed in several terminals and what is seen, run for real."""
