"""What SNMP messages are made of, for those who take them apart or put them together by hand: the client, which reads
what gufo-snmp does not hand on, and the simulator, which answers.
"""
