#pragma once
#include <zlib.h>

/// inflateInit2 is a macro, which Swift cannot import.
static inline int tsq_inflate_raw_init(z_stream *stream) {
  return inflateInit2(stream, -MAX_WBITS);
}

/// The same for gzip framing, whose checksum zlib verifies.
static inline int tsq_inflate_gzip_init(z_stream *stream) {
  return inflateInit2(stream, 16 + MAX_WBITS);
}
