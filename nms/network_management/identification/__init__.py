"""What a device is: vendor, operating system, model, version, serial number, role. docs/identification.md tells how."""

from nms.network_management.identification.classify import classify
from nms.network_management.identification.identify import identify
from nms.network_management.identification.rule import Facts

__all__ = ["Facts", "classify", "identify"]
