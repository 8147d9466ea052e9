"""What a trace can be turned into: captures for other programs, audio files."""
