"""Made input for all front doors: `make fuzz`."""
