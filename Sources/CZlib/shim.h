// What Swift cannot call of zlib: inflateInit2(3) is a macro. Nothing else belongs here.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

// For data in gzip's format only, with windows of up to 32 KiB.
static inline int czlib_inflate_gzip_init(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }

#endif
