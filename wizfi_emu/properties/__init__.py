"""Properties: what holds whatever goes wrong around a host, decided from what happened in a run.

Pure: `facts` is what a run leaves behind, `consequences` what a fault may cost a host that is right, `table` the
properties with their checks. Most faults are allowed to hurt; a finding is what a host does beyond that.
"""
