// libsystemd as Swift sees it: sd-daemon and sd-event. No wrapper is needed: the plain forms are not variadic.
// eventfd(2) wakes an sd-event loop from other threads; Swift's Glibc module leaves it out.
#ifndef CSYSTEMD_SHIM_H
#define CSYSTEMD_SHIM_H

#include <sys/eventfd.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#endif
