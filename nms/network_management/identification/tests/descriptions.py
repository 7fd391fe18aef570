"""What devices of many families say in sysDescr, and what must be made of it. None of them is among the recordings."""

# sysObjectID (under enterprises), sysDescr, and: os, model, version, role
DESCRIPTIONS = [
    (
        "12925.1",
        "HP_3PAR 8400, ID: 51234, Serial number: CZ35320001, InForm OS version: 3.2.2 (MU4)",
        ("informos", "8400", "3.2.2", "storage"),
    ),
    (
        "4881.1.1.10.1.44",
        "Ruijie Gigabit Security & Intelligence Access Switch (S2928G-E) By Ruijie Networks",
        ("ruijie", "S2928G-E", "", "switch"),
    ),
    (
        "4881.1.1.10.1.90",
        "Ruijie switch RG-S5750 RGOS 10.4(3b16)p2",
        ("ruijie", "RG-S5750", "10.4(3b16)p2", "switch"),
    ),
    # Cisco
    (
        "9.1.516",
        "Cisco IOS Software, C3750 Software (C3750-IPSERVICESK9-M), Version 12.2(55)SE10, RELEASE SOFTWARE (fc2)",
        ("ios", "C3750", "12.2(55)SE10", "switch"),
    ),
    (
        "9.1.1041",
        "Cisco IOS Software, C3900 Software (C3900-UNIVERSALK9-M), Version 15.4(3)M2, RELEASE SOFTWARE (fc2)",
        ("ios", "C3900", "15.4(3)M2", "router"),
    ),
    (
        "9.1.576",
        "Cisco IOS Software, 2800 Software (C2800NM-ADVIPSERVICESK9-M), Version 12.4(24)T4, RELEASE SOFTWARE (fc2)",
        ("ios", "2800", "12.4(24)T4", "router"),
    ),
    (
        "9.1.359",
        "Cisco Internetwork Operating System Software \nIOS (tm) C2950 Software (C2950-I6Q4L2-M), "
        "Version 12.1(22)EA14, RELEASE SOFTWARE (fc1)",
        ("ios", "C2950", "12.1(22)EA14", "switch"),
    ),
    (
        "9.1.525",
        "Cisco IOS Software, C1240 Software (C1240-K9W7-M), Version 12.4(25d)JA2, RELEASE SOFTWARE (fc1)",
        ("ios", "C1240", "12.4(25d)JA2", "wireless"),
    ),
    (
        "9.1.2494",
        "Cisco IOS Software [Fuji], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 16.9.3, RELEASE SOFTWARE (fc2)",
        ("iosxe", "Catalyst L3 Switch", "16.9.3", "switch"),
    ),
    (
        "9.1.1745",
        "Cisco IOS Software, IOS-XE Software, Catalyst L3 Switch Software (CAT3K_CAA-UNIVERSALK9-M), "
        "Version 03.06.06E RELEASE SOFTWARE (fc1)",
        ("iosxe", "Catalyst L3 Switch", "03.06.06E", "switch"),
    ),
    (
        "9.1.923",
        "Cisco IOS Software, ASR1000 Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 15.5(3)S5, RELEASE SOFTWARE",
        ("iosxe", "ASR1000", "15.5(3)S5", "router"),
    ),
    (
        "9.1.2530",
        "Cisco IOS Software [Gibraltar], C9800 Software (C9800_IOSXE-K9), Version 16.12.4a, RELEASE SOFTWARE (fc5)",
        ("iosxe", "C9800", "16.12.4a", "wireless"),
    ),
    (
        "9.1.1639",
        "Cisco IOS XR Software (Cisco ASR9K Series),  Version 5.3.4[Default]\r\nCopyright (c) 2017 by Cisco Systems",
        ("iosxr", "ASR9K Series", "5.3.4", "router"),
    ),
    (
        "9.12.3.1.3.1084",
        "Cisco NX-OS(tm) n5000, Software (n5000-uk9), Version 5.2(1)N1(4), RELEASE SOFTWARE Copyright (c) 2002-2011",
        ("nxos", "n5000", "5.2(1)N1(4)", "switch"),
    ),
    ("9.1.1194", "Cisco Adaptive Security Appliance Version 9.1(7)13", ("asa", "", "9.1(7)13", "firewall")),
    (
        "9.1.2315",
        "Cisco Firepower Threat Defense, Version 6.4.0.9 (Build 62)",
        ("ftd", "", "6.4.0.9", "firewall"),
    ),
    ("9.1.451", "Cisco PIX Firewall Version 6.3(5)", ("pixos", "", "6.3(5)", "firewall")),
    (
        "9.5.44",
        "Cisco Systems, Inc. WS-C6509\nCisco Catalyst Operating System Software, Version 8.5(8)\nCopyright",
        ("catos", "WS-C6509", "8.5(8)", "switch"),
    ),
    ("9.6.1.83.28.1", "SG300-28 28-Port Gigabit Managed Switch", ("ciscosb", "SG300-28", "", "switch")),
    ("9.6.1.1004.24.2", "CBS350-24P-4G 24-Port Gigabit PoE Managed Switch", ("ciscosb", "CBS350-24P-4G", "", "switch")),
    ("29671.2.110", "Meraki MX64 Cloud Managed Security Appliance", ("merakimx", "MX64", "", "firewall")),
    ("29671.2.22", "Meraki MS220-8P Cloud Managed PoE Switch", ("merakims", "MS220-8P", "", "switch")),
    ("29671.2.15", "Meraki MR18 Cloud Managed AP", ("merakimr", "MR18", "", "wireless")),
    # Juniper
    (
        "2636.1.1.1.2.29",
        "Juniper Networks, Inc. mx240 internet router, kernel JUNOS 17.3R3-S4.2, Build date: 2019-02-18",
        ("junos", "MX240", "17.3R3-S4.2", "router"),
    ),
    (
        "2636.1.1.1.2.31",
        "Juniper Networks, Inc. ex4200-48t internet router, kernel JUNOS 12.3R12.4 #0: 2016-01-20 05:01:33 UTC",
        ("junos", "EX4200-48T", "12.3R12.4", "switch"),
    ),
    (
        "2636.1.1.1.4.82.8",
        "Juniper Networks, Inc. qfx5100-48s-6q Ethernet Switch, kernel JUNOS 14.1X53-D45.3, Build date: 2017-07-28",
        ("junos", "QFX5100-48S-6Q", "14.1X53-D45.3", "switch"),
    ),
    (
        "2636.1.1.1.2.41",
        "Juniper Networks, Inc. srx240h2 internet router, kernel JUNOS 12.1X46-D40.2 #0: 2015-09-26",
        ("junos", "SRX240H2", "12.1X46-D40.2", "firewall"),
    ),
    (
        "3224.1.51",
        "SSG20-WLAN version 6.3.0r17.0 (SN: 0164052008001234, Firewall+VPN)",
        ("screenos", "SSG20-WLAN", "6.3.0r17.0", "firewall"),
    ),
    # Arista and other switches
    (
        "30065.1.3011.7050.3282.24.4",
        "Arista Networks EOS version 4.20.8M running on an Arista Networks DCS-7050SX2-72Q",
        ("arista_eos", "DCS-7050SX2-72Q", "4.20.8M", "switch"),
    ),
    (
        "11.2.3.7.11.160",
        "HP J9776A 2530-24G Switch, revision YA.16.02.0018, ROM YA.15.20 (/ws/swbuildm/rel)",
        ("procurve", "J9776A 2530-24G", "YA.16.02.0018", "switch"),
    ),
    (
        "11.2.3.7.11.181.20",
        "Aruba JL322A 2930M-48G-PoE+ Switch, revision WC.16.10.0002, ROM WC.17.02.0006",
        ("procurve", "JL322A 2930M-48G-PoE+", "WC.16.10.0002", "switch"),
    ),
    (
        "11.2.3.7.11.33.4",
        "ProCurve J8697A Switch 5406zl, revision K.15.06.0008, ROM K.15.13 (/sw/code/build/btm(K_15_06))",
        ("procurve", "J8697A Switch 5406zl", "K.15.06.0008", "switch"),
    ),
    (
        "47196.4.1.1.1.50",
        "Aruba JL635A  GL.10.04.0030",
        ("arubaos-cx", "JL635A", "GL.10.04.0030", "switch"),
    ),
    (
        "25506.11.1.101",
        "HP Comware Platform Software, Software Version 5.20.99 Release 1808P06\r\n"
        "HP 5120-24G EI Switch with 2 Interface Slots\r\nCopyright (c) 2010-2013 Hewlett-Packard",
        ("comware", "5120-24G EI", "5.20.99", "switch"),
    ),
    (
        "25506.1.1266",
        "H3C Comware Platform Software, Software Version 7.1.070, Release 2612P02\r\nH3C S5130S-28S-EI\r\n"
        "Copyright (c) 2004-2018 New H3C Technologies Co., Ltd. All rights reserved.",
        ("comware", "S5130S-28S-EI", "7.1.070", "switch"),
    ),
    (
        "14823.1.1.9999",
        "ArubaOS (MODEL: ArubaMM-VA), Version 8.5.0.5 (73491)",
        ("arubaos", "ArubaMM-VA", "8.5.0.5", "wireless"),
    ),
    (
        "14823.1.2.104",
        "ArubaOS (MODEL: 315), Version 8.6.0.4-8.6.0.4",
        ("aruba-instant", "315", "8.6.0.4-8.6.0.4", "wireless"),
    ),
    (
        "232.9.4.11",
        "Integrated Lights-Out 5 2.55 Oct 01 2021",
        ("hpe-ilo", "", "2.55", "management"),
    ),
    (
        "2011.2.224.279",
        "Huawei AR161FG-L Huawei Versatile Routing Platform Software VRP (R) software,Version 5.160 "
        "(AR160 V200R007C00SPC900) Copyright (C) 2011-2016 Huawei Technologies Co., Ltd",
        ("vrp", "AR161FG-L", "5.160 (V200R007C00SPC900)", "router"),
    ),
    (
        "2011.2.239.12",
        "Huawei Versatile Routing Platform Software\r\nVRP (R) software, Version 8.80 (CE12800 V100R003C00SPC600)\r\n"
        "Copyright (C) 2012-2013 Huawei Technologies Co., Ltd.\r\nHUAWEI CE12804\r\n",
        ("vrp", "CE12804", "8.80 (V100R003C00SPC600)", "switch"),
    ),
    (
        "2011.2.322.6",
        "Huawei Versatile Routing Platform Software\r\nVRP (R) software, Version 5.160 (USG6300 V500R001C30SPC100)\r\n"
        "Copyright (C) 2014-2016 Huawei Technologies Co., Ltd\r\nUSG6330\r\n",
        ("vrp", "USG6300", "5.160 (V500R001C30SPC100)", "firewall"),
    ),
    ("2011.2.115", "Huawei Integrated Access Software", ("smartax", "", "", "access")),
    (
        "1916.2.71",
        "ExtremeXOS (X480-48t) version 15.3.1.4 v1531b4-patch1-10 by release-manager on Fri Mar 22 2013",
        ("xos", "X480-48t", "15.3.1.4", "switch"),
    ),
    (
        "1916.2.310",
        "Extreme Networks Switch Engine (5420F-24P-4XE-SwitchEngine) version 32.1.1.6 32.1.1.6 by release-manager",
        ("xos", "5420F-24P-4XE-SwitchEngine", "32.1.1.6", "switch"),
    ),
    ("2272.202", "VSP-4450GSX-PWR+ (6.1.2.0)", ("voss", "VSP-4450GSX-PWR+", "6.1.2.0", "switch")),
    ("2272.30", "ERS-8610 (7.2.10.0)", ("voss", "ERS-8610", "7.2.10.0", "switch")),
    (
        "45.3.78.1",
        "Ethernet Routing Switch 4850GTS-PWR+  HW:10  FW:5.8.0.1  SW:v5.11.3.032",
        ("boss", "ERS-4850GTS-PWR+", "5.11.3.032", "switch"),
    ),
    (
        "5624.2.1.53",
        "Enterasys Networks, Inc. B5G124-48P2 Rev 06.81.04.0001",
        ("enterasys", "B5G124-48P2", "06.81.04.0001", "switch"),
    ),
    (
        "1991.1.3.48.2.1",
        "Brocade Communications Systems, Inc. ICX6450-48, IronWare Version 08.0.30hT313 Compiled on Apr 12 2016",
        ("ironware", "ICX6450-48", "08.0.30hT313", "switch"),
    ),
    (
        "1991.1.3.61.2.1",
        "Ruckus Wireless, Inc. Stacking System ICX7150-48-POEF, IronWare Version 08.0.70bT213 Compiled on Nov 3 2017",
        ("ironware", "ICX7150-48-POEF", "08.0.70bT213", "switch"),
    ),
    (
        "1991.1.3.44.1.2",
        "Brocade NetIron CER 2024C, IronWare Version V5.6.0bT183 Compiled on Apr 16 2014",
        ("ironware", "CER 2024C", "5.6.0bT183", "router"),
    ),
    (
        "1588.2.2.1.1.1.131",
        "Brocade VDX Switch, BR-VDX6740, Network Operating System Software Version 6.0.2d.",
        ("nos", "BR-VDX6740", "6.0.2d", "switch"),
    ),
    (
        "6027.1.3.14",
        "Dell Force10 OS\r\nOperating System Version: 2.0\r\nApplication Software Version: 9.2(0.2)\r\nSeries: S4810",
        ("dnos", "S4810", "9.2(0.2)", "switch"),
    ),
    (
        "674.11000.5000.100.2.1.6",
        "Dell EMC Networking OS10 Enterprise.\r\nCopyright (c) 1999-2020 by Dell Inc. All Rights Reserved.\r\n"
        "System Description: OS10 Enterprise.\r\nOS Version: 10.5.1.3.\r\nSystem Type: S4148F-ON",
        ("dell-os10", "S4148F-ON", "10.5.1.3", "switch"),
    ),
    (
        "674.10895.3045",
        "PowerConnect 5548P, 4.1.0.19, Linux 2.6.22",
        ("powerconnect", "PowerConnect 5548P", "4.1.0.19", "switch"),
    ),
    (
        "6527.1.3.17",
        "TiMOS-C-14.0.R6 cpm/hops64 Nokia 7750 SR Copyright (c) 2000-2016 Nokia.",
        ("timos", "7750 SR", "14.0.R6", "router"),
    ),
    (
        "6527.6.2.1.2.2.10",
        "TiMOS-B-8.0.R5 both/mpc ALCATEL SAS-M 7210 Copyright (c) 2000-2016 Alcatel-Lucent.",
        ("timos", "SAS-M 7210", "8.0.R5", "switch"),
    ),
    (
        "6486.801.1.1.2.1.11.1.7",
        "Alcatel-Lucent Enterprise OS6860E-P48 8.6.289.R01 GA, July 14, 2019.",
        ("aos7", "OS6860E-P48", "8.6.289.R01", "switch"),
    ),
    (
        "207.1.14.81",
        "Allied Telesis router/switch, Software (AlliedWare Plus) Version 5.4.4-3.9",
        ("awplus", "", "5.4.4-3.9", "switch"),
    ),
    ("171.10.76.28.1", "DGS-1210-24/ME/B1", ("dlink", "DGS-1210-24/ME/B1", "", "switch")),
    (
        "4526.100.4.36",
        "GSM7252S: NETGEAR ProSafe Managed 48-port Gigabit Switch, 8.0.3.9, B1.0.0.5",
        ("netgear", "GSM7252S", "8.0.3.9", "switch"),
    ),
    ("890.1.15", "XGS4600-32", ("zynos", "XGS4600-32", "", "switch")),
    ("890.1.15", "ZyWALL USG 110", ("zywall", "ZyWALL USG 110", "", "firewall")),
    ("14988.1", "RouterOS CCR1009-7G-1C-1S+", ("routeros", "CCR1009-7G-1C-1S+", "", "router")),
    ("14988.1", "RouterOS CRS328-24P-4S+", ("routeros", "CRS328-24P-4S+", "", "switch")),
    ("14988.2", "CSS326-24G-2S+", ("swos", "CSS326-24G-2S+", "", "switch")),
    (
        "4413",
        "EdgeSwitch 24-Port 250W, 1.7.4.5075842, Linux 3.6.5-1b505fb7, 1.1.0.5102011",
        ("edgeswitch", "EdgeSwitch 24-Port 250W", "1.7.4.5075842", "switch"),
    ),
    ("41112.1.5", "EdgeOS v1.10.11.5274269.200221.1028", ("edgeos", "", "1.10.11.5274269.200221.1028", "router")),
    ("10002.1", "UAP-AC-Pro-Gen2 4.3.28.11361", ("unifi", "UAP-AC-Pro-Gen2", "4.3.28.11361", "wireless")),
    # Security
    ("3097.1.5.50", "XTM330", ("fireware", "XTM330", "", "firewall")),
    (
        "8741.1",
        "SonicWALL TZ 300 (SonicOS Enhanced 6.2.7.1-23n)",
        ("sonicwall", "TZ 300", "6.2.7.1-23n", "firewall"),
    ),
    (
        "5951.1",
        "NetScaler NS12.1: Build 55.18.nc, Date: Nov 17 2019, 09:21:41",
        ("netscaler", "", "12.1 Build 55.18", "loadbalancer"),
    ),
    (
        "22610.1.3.14",
        "Thunder Series Unified Application Service Gateway TH1030S,  ACOS 4.1.0-P9,",
        ("acos", "TH1030S", "4.1.0-P9", "loadbalancer"),
    ),
    (
        "3417.1.1.26",
        "Blue Coat SG600 Series, Version: SGOS 6.5.9.14, Release id: 187000",
        ("sgos", "SG600", "6.5.9.14", "appliance"),
    ),
    (
        "8072.3.2.10",
        "Linux fw1 2.6.18-92cpx86_64 #1 SMP Tue May 6 15:30:03 IDT 2014 x86_64",
        ("gaia", "", "", "firewall"),
    ),
    # Hosts
    (
        "8072.3.2.10",
        "Linux web01 5.15.0-91-generic #101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023 x86_64",
        ("linux", "x86_64", "5.15.0-91-generic", "server"),
    ),
    (
        "8072.3.2.10",
        "Linux pve1 5.15.108-1-pve #1 SMP PVE 5.15.108-1 (2023-06-17T09:41Z) x86_64",
        ("proxmox", "x86_64", "5.15.108-1-pve", "server"),
    ),
    ("8072.3.2.10", "Linux raspberrypi 5.10.17-v7+ #1414 SMP armv7l", ("linux", "armv7l", "5.10.17-v7+", "server")),
    (
        "8072.3.2.8",
        "FreeBSD OPNsense.localdomain 13.2-RELEASE-p7 FreeBSD 13.2-RELEASE-p7 stable/23.7-n254871-d5ec322 amd64",
        ("opnsense", "amd64", "13.2-RELEASE-p7", "firewall"),
    ),
    (
        "12325.1.1.2.1.1",
        "pfSense fw.example.org 2.5.2-RELEASE FreeBSD 12.2-STABLE amd64",
        ("pfsense", "amd64", "2.5.2-RELEASE", "firewall"),
    ),
    (
        "12325.1.1.2.1.1",
        "TrueNAS-13.0-U5.3. Hardware: x86_64 Intel(R) Xeon(R). Software: FreeBSD 13.1 (revision 199506)",
        ("truenas", "x86_64", "13.0-U5.3", "storage"),
    ),
    ("30155.23.1", "OpenBSD gw.example.org 7.3 GENERIC.MP#1125 amd64", ("openbsd", "amd64", "7.3", "server")),
    (
        "8072.3.2.16",
        "Darwin mac.local 20.6.0 Darwin Kernel Version 20.6.0 x86_64",
        ("macosx", "x86_64", "20.6.0", "server"),
    ),
    (
        "311.1.1.3.1.2",
        "Hardware: Intel64 Family 6 Model 85 Stepping 7 AT/AT COMPATIBLE - Software: Windows Version 6.3 "
        "(Build 17763 Multiprocessor Free)",
        ("windows", "Intel x64", "Server 2019 (NT 6.3)", "server"),
    ),
    (
        "311.1.1.3.1.1",
        "Hardware: Intel64 Family 6 Model 158 Stepping 10 AT/AT COMPATIBLE - Software: Windows Version 6.3 "
        "(Build 19045 Multiprocessor Free)",
        ("windows", "Intel x64", "10 22H2 (NT 6.3)", "server"),
    ),
    (
        "6876.4.1",
        "VMware ESXi 6.7.0 build-17167734 VMware, Inc. x86_64",
        ("vmware-esxi", "", "6.7.0", "server"),
    ),
    ("44641", "VyOS 1.3.2", ("vyos", "", "1.3.2", "router")),
    ("40310", "Cumulus-Linux 4.2.1 (Linux Kernel 4.19.94-1+cl4u8)", ("cumulus", "", "4.2.1", "switch")),
    (
        "8072.3.2.10",
        "SONiC Software Version: SONiC.202012.55 - HwSku: Force10-S6000 - Distribution: Debian 10.8 - Kernel: 4.19",
        ("sonic", "Force10-S6000", "202012.55", "switch"),
    ),
    (
        "789.2.5",
        "NetApp Release 9.7P8: Tue Nov 10 11:35:25 UTC 2020",
        ("netapp", "", "9.7P8", "storage"),
    ),
    # Power, printers, wireless, transport, others
    (
        "318.1.3.4.6",
        "APC Web/SNMP Management Card (MB:v3.9.2 PF:v3.7.3 PN:apc_hw02_aos_373.bin AF1:v3.7.3 "
        "AN1:apc_hw02_rpdu_373.bin MN:AP7920 HR:B2 SN: ZA0912001234 MD:03/20/2009)",
        ("apc", "AP7920", "AOS v3.7.3 / App v3.7.3", "power"),
    ),
    (
        "2435.2.3.9.1",
        "Brother NC-8300h, Firmware Ver.1.09  (11.08.10),MID 84E-C01",
        ("brother", "NC-8300h", "1.09", "printer"),
    ),
    (
        "641.2.71106879",
        "Lexmark X546 version NR.APS.N447b2 kernel 2.6.18.5 All-N-1",
        ("lexmarkprinter", None, "NR.APS.N447b2", "printer"),
    ),
    ("161.19.250.256", "CANOPY 16.1.1.1  AP", ("pmp", "CANOPY", "16.1.1.1", "wireless")),
    ("43356.1.1.1", "Mimosa A5c Firmware 2.5.4.1", ("mimosa", "A5c", "", "wireless")),
    (
        "664.1.1223",
        "NetVanta 3448, Version: R11.10.6.E, Date: Tue Jul 07 2015",
        ("adtran-aos", "NetVanta 3448", "R11.10.6.E", "router"),
    ),
    ("2544.1.12.1.1.30", "FSP150CC-GE114", ("adva_fsp150", "FSP150CC-GE114", "", "transport")),
    (
        "5003.8.1.1.79",
        "Product: Mediant 800B ;SW Version: 7.20A.156.028",
        ("audiocodes", "Mediant 800B", "7.20A.156.028", "voice"),
    ),
    (
        "368.4.1",
        " ; AXIS M3045-V; Network Camera; 9.80.1; Apr 02 2020 12:24; 7B5; 1;",
        ("axiscam", "M3045-V", "9.80.1", "camera"),
    ),
    ("25049.1.78", "Opengear/IM7216-2-DAC Version 4.1.1 4beea0ff", ("opengear", "IM7216-2-DAC", "4.1.1", "console")),
    # Further models and generations
    (
        "9.1.1525",
        "Cisco IOS Software, C2960S Software (C2960S-UNIVERSALK9-M), Version 12.2(55)SE3, RELEASE SOFTWARE (fc1)",
        ("ios", "C2960S", "12.2(55)SE3", "switch"),
    ),
    (
        "9.1.1756",
        "Cisco IOS Software, ME360x Software (ME360x-UNIVERSALK9-M), Version 15.3(3)S6, RELEASE SOFTWARE (fc2)",
        ("ios", "ME360x", "15.3(3)S6", "switch"),
    ),
    (
        "9.1.534",
        "Cisco IOS Software, Catalyst 4500 L3 Switch Software (cat4500-IPBASEK9-M), Version 12.2(53)SG",
        ("ios", "Catalyst 4500 L3 Switch", "12.2(53)SG", "switch"),
    ),
    (
        "9.1.2066",
        "Cisco IOS Software [Amsterdam], Catalyst L3 Switch Software (CAT9K_LITE_IOSXE), Version 17.3.4b",
        ("iosxe", "Catalyst L3 Switch", "17.3.4b", "switch"),
    ),
    (
        "9.1.837",
        "Cisco IOS Software, C870 Software (C870-ADVIPSERVICESK9-M), Version 12.4(15)T7",
        ("ios", "C870", "12.4(15)T7", "router"),
    ),
    (
        "9.1.2137",
        "Cisco IOS Software, IE2000 Software (IE2000-UNIVERSALK9-M), Version 15.2(4)EA",
        ("ios", "IE2000", "15.2(4)EA", "switch"),
    ),
    (
        "9.1.1466",
        "Cisco IOS Software, ASR900 Software (PPC_LINUX_IOSD-UNIVERSALK9_NPE-M), Version 15.6(2)SP3",
        ("iosxe", "ASR900", "15.6(2)SP3", "router"),
    ),
    (
        "9.1.1537",
        "Cisco IOS Software, CSR1000V Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 15.5(3)S",
        ("iosxe", "CSR1000V", "15.5(3)S", "router"),
    ),
    (
        "9.12.3.1.3.612",
        "Cisco NX-OS(tm) n7000, Software (n7000-s1-dk9), Version 6.2(10), RELEASE SOFTWARE",
        ("nxos", "n7000", "6.2(10)", "switch"),
    ),
    (
        "2636.1.1.1.2.99",
        "Juniper Networks, Inc. mx104 internet router, kernel JUNOS 15.1R6.7, Build date",
        ("junos", "MX104", "15.1R6.7", "router"),
    ),
    (
        "2636.1.1.1.4.127.2",
        "Juniper Networks, Inc. ex2300-48p Ethernet Switch, kernel JUNOS 18.1R3-S4.2, Build date",
        ("junos", "EX2300-48P", "18.1R3-S4.2", "switch"),
    ),
    (
        "2636.1.1.1.2.144",
        "Juniper Networks, Inc. vsrx internet router, kernel JUNOS 18.4R1.8",
        ("junos", "VSRX", "18.4R1.8", "firewall"),
    ),
    (
        "2636.1.1.1.2.57",
        "Juniper Networks, Inc. mx960 internet router, kernel JUNOS 19.2R1.8",
        ("junos", "MX960", "19.2R1.8", "router"),
    ),
    ("11.2.3.7.11.154", "HP ProCurve 1810G - 8 GE, P.2.2, eCos-2.0, CFE-2.1", ("procurve", "1810G", "P.2.2", "switch")),
    (
        "11.2.3.7.11.104",
        "HP V1910-24G Switch Software Version 5.20 Release 1519P06",
        ("comware", "V1910-24G", "5.20", "switch"),
    ),
    (
        "25506.11.1.32",
        "HP A5500-24G EI Switch Software Version 5.20 Release 2215",
        ("comware", "A5500-24G EI", "5.20", "switch"),
    ),
    (
        "25506.1.389",
        "HP Comware Platform Software, Software Version 7.1.059, Release 0305P04\nHP MSR3024\nCopyright",
        ("comware", "MSR3024", "7.1.059", "router"),
    ),
    (
        "43.1.8.43",
        "3Com Switch 4500 26-Port Software Version 3Com OS V3.03.02s168p20",
        ("3com", "Switch 4500 26-Port", "3.03.02s168p20", "switch"),
    ),
    (
        "2011.2.23.95",
        "S5700-28C-SI\nHuawei Versatile Routing Platform Software \n"
        "VRP (R) software,Version 5.70 (S5700 V100R006C00SPC800)",
        ("vrp", "S5700-28C-SI", "5.70 (V100R006C00SPC800)", "switch"),
    ),
    (
        "2011.2.62.2.5",
        "Huawei Versatile Routing Platform Software\nVRP (R) software, Version 5.120 (NE40E&80E V600R003C00SPCa00)",
        ("vrp", "NE40E&80E", "5.120 (V600R003C00SPCa00)", "router"),
    ),
    (
        "2011.2.240.6",
        "Huawei AC6605 Huawei Versatile Routing Platform Software "
        "VRP (R) software,Version 5.130 (AC6605 V200R003C00SPCd00)",
        ("vrp", "AC6605", "5.130 (V200R003C00SPCd00)", "wireless"),
    ),
    (
        "6527.1.6.1",
        "TiMOS-B-9.0.R4 both/xen NOKIA SAR-8 7705 Copyright (c) 2000-2018 Nokia.",
        ("timos", "SAR-8 7705", "9.0.R4", "router"),
    ),
    (
        "6486.800.1.1.2.1.10.1.1",
        "Alcatel-Lucent OS6850-48X 6.4.4.585.R01 GA, October 17, 2012.",
        ("aos6", "OS6850-48X", "6.4.4.585.R01", "switch"),
    ),
    ("4526.100.4.18", "GS724TS", ("netgear", "GS724TS", "", "switch")),
    ("12356.101.1.10004", "FGT-1000C", ("fortigate", "FGT-1000C", "", "firewall")),
    ("12356.106.1.2483", "FortiSwitch-248E-POE v6.2.1", ("fortiswitch", "FortiSwitch-248E-POE", "6.2.1", "switch")),
    ("41112.1.3.1", "AF5X v3.2", ("airos-af", "AF5X", "3.2", "wireless")),
    (
        "318.1.3.27",
        "APC Web/SNMP Management Card (MB:v4.1.0 PF:v6.4.0 PN:apc_hw05_aos_640.bin "
        "AF1:v6.4.0 AN1:apc_hw05_sumx_640.bin MN:AP9630 HR:05 SN: ZA1342012345 MD:10/14/2013)",
        ("apc", "AP9630", "AOS v6.4.0 / App v6.4.0", "power"),
    ),
    (
        "367.1.1",
        "RICOH Aficio MP C2550 1.24 / RICOH Network Printer C model / RICOH Network Scanner C model",
        ("ricoh", "Aficio MP C2550", "1.24", "printer"),
    ),
    (
        "253.8.62.1.38.4.1.1",
        "Xerox WorkCentre 7535; System 061.121.224.18803, Controller",
        ("xerox", "WorkCentre 7535", "061.121.224.18803", "printer"),
    ),
    ("1602.4.7", "Canon iR-ADV C5051 /P", ("canonprinter", "iR-ADV C5051", "", "printer")),
    ("2385.3.1.1.1.3", "SHARP MX-3640N", ("sharp", "MX-3640N", "", "printer")),
    (
        "236.11.5.1",
        "Samsung CLX-3300 Series; V3.00.01.15; Engine V1.00.08; NIC V6.01.00(CLX-3300); S/N",
        ("samsungprinter", "CLX-3300 Series", "", "printer"),
    ),
    ("6876.4.1", "VMware ESXi 5.5.0 build-1331820 VMware, Inc. x86_64", ("vmware-esxi", "", "5.5.0", "server")),
    ("171.10.113.1.3", "D-Link DES-3200-28 Fast Ethernet Switch", ("dlink", "DES-3200-28", "", "switch")),
    ("890.1.5.8.68", "GS2200-24", ("zynos", "GS2200-24", "", "switch")),
    ("207.1.1.61", "AT-8000S", ("allied", "AT-8000S", "", "switch")),
    (
        "207.1.4.125",
        "Allied Telesyn AT-8624T/2M version 2.9.1-13 24-Sep-2007",
        ("allied", "AT-8624T/2M", "2.9.1-13", "switch"),
    ),
    (
        "1916.2.28",
        "Summit48si - Version 7.8.4 (Build 1) by Release_Master 06/12/09",
        ("extremeware", "Summit48si", "7.8.4", "switch"),
    ),
    (
        "3902.3.100.40",
        "ZXR10 ROS Version V4.08.23R2 ZXR10 2928-SI Software, Version V2.05.11B14",
        ("zxr10", "2928-SI", "V2.05.11B14", "switch"),
    ),
    (
        "664.1.884",
        "Total Access 908e (2nd Gen), Version: R10.9.1.E, Date: Fri Jul 26",
        ("adtran-aos", "Total Access 908e (2nd Gen)", "R10.9.1.E", "router"),
    ),
    ("6141.1.83", "3930 Service Delivery Switch", ("ciena-sds", "3930", "", "switch")),
    ("25053.3.1.4.9", "Ruckus Wireless ZD1112", ("ruckuswireless", "ZD1112", "", "wireless")),
    ("13742.6", "PX2 030600", ("raritan-pdu", "PX2", "", "power")),
    ("17713.21.9.20", "Cambium ePMP 3000", ("epmp", "ePMP 3000", "", "wireless")),
]
