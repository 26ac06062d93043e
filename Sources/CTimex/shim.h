// adjtimex(2), which is part of the C library and not of Swift's module for it.
#pragma once

#include <sys/timex.h>
