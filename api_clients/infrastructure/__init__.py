"""What every client shares: the wire, and the chain of adapters around it, each with the face of `Transport`."""
