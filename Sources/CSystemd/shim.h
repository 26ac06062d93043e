// libsystemd as Swift sees it: sd-daemon, sd-event and sd-journal. No wrapper is needed: the plain forms are not variadic.
// eventfd(2) wakes an sd-event loop from other threads, and mallopt(3) sets the allocator up; Swift's Glibc module leaves
// both out.
#ifndef CSYSTEMD_SHIM_H
#define CSYSTEMD_SHIM_H

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <malloc.h>
#include <sys/eventfd.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <systemd/sd-journal.h>

#endif
