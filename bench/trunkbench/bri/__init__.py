"""Basic rate access (ITU-T I.430, Q.921, Q.931): two B channels and a D channel of 16 kbit/s, on which one
network faces one user (point-to-point) or several terminals on a passive bus (point-to-multipoint).
"""
