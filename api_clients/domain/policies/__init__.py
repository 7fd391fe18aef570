"""The rules of resilience as pure functions: no I/O, no clock, no lock; time and chance are parameters."""
