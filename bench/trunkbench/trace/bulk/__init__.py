"""The fast paths of the decoder: the same bytes as the general one, for captures of ordinary frames.

What is ordinary is taken in bulk, by a few operations a frame and memories of what recurs; whatever is not
goes, frame by frame, through the general decoder. `batches` reads, `frames` memorises, `split` spreads the
work over processes; `json`, `fields` and `calls` make the outputs.
"""
