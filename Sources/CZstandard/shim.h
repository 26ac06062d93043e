// libzstd as it is.
#ifndef CZSTANDARD_SHIM_H
#define CZSTANDARD_SHIM_H

#include <zstd.h>

#endif
