"""Reading YAML: files, places, faults, references. What a file may say is assembled elsewhere (sim/inputs)."""
