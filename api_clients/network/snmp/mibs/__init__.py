"""One file for each MIB (or group of MIBs that state the same fact): which OIDs to ask for, and how rows become values.

In each, the functions that parse are pure and take rows; the one called `read_...` fetches and calls them.
"""
