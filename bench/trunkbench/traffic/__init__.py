"""Traffic: how many channels and agents are needed, by the formulas and by what the models measure."""
