"""Watching known devices: do they answer, did an interface change, has something to be read again?"""
