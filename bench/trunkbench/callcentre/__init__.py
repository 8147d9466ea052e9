"""A small call centre: agents, a queue, a menu. Pure models that the bench plays behind a trunk, and that
`trunkbench simulate` runs in virtual time."""
