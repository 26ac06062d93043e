// What Swift cannot call of zlib: inflateInit2(3) and deflateInit2(3) are macros. Nothing else belongs here.
#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

// For data in gzip's format only, with windows of up to 32 KiB.
static inline int czlib_inflate_gzip_init(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }

// As small as zlib makes it, with a header that tells neither a name nor a time.
static inline int czlib_deflate_gzip_init(z_stream *stream) {
    return deflateInit2(stream, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
}

#endif
