"""The cases of Q.931: call control at the D channel of a primary rate interface, for both roles."""
