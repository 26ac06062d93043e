"""A network namespace for the calling thread and the processes it starts: network_namespaces(7)."""

import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)


class Network:
    """A network with loopback and two more addresses, which count as those of other machines."""

    addresses = ("192.0.2.1", "192.0.2.2")

    def __init__(self):
        self._outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        if _libc.unshare(CLONE_NEWNET) != 0:
            os.close(self._outside)
            raise PermissionError(ctypes.get_errno(), "a network of its own needs CAP_SYS_ADMIN (run as root)")
        commands = ["link set lo up", *[f"address add {address}/32 dev lo" for address in self.addresses]]
        try:
            subprocess.run(["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True)
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        assert _libc.setns(self._outside, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        os.close(self._outside)
