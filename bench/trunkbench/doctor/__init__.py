"""`trunkbench doctor`: is this bench fit to test on, and if not, what has to be done?

`findings` is what an examination says, `examination` goes from step to step, `ports` opens what the config
names, `listening` hears where a D channel and a call really are, `latency` measures. The command itself is
`trunkbench.cli.doctor`.
"""
