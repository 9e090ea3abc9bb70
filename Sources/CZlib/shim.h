#if __has_include(<zlib.h>)
#include <zlib.h>

/* inflateInit2 is a macro, which Swift does not import. 16 + MAX_WBITS: a gzip header is expected. */
static inline int inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }
#else
#error "keepwatch needs zlib's headers. Debian, Ubuntu: apt install zlib1g-dev. Fedora: dnf install zlib-devel. macOS: brew install zlib."
#endif
