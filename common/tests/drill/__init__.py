"""A module for tests and benchmarks in real processes: it records what reached it, and fails when told to.

Run any program of ours with DJANGO_SETTINGS_MODULE=common.tests.drill.settings to have it.
"""
