"""Transcripts: recorded commands and output of several terminals."""
