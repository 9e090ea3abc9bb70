/* libpcap's types, and its functions: those are loaded at the first call for them. Debian's libpcap brings eight more libraries
   (D-Bus, systemd, gcrypt and others), and to load them all takes a quarter of a short replay, which needs none of them. */
#ifndef CPCAP_H
#define CPCAP_H

#if __has_include(<pcap/pcap.h>)
#include <pcap/pcap.h>
#else
#error "keepwatch needs libpcap's headers. Debian, Ubuntu: apt install libpcap-dev. Fedora: dnf install libpcap-devel. macOS: brew install libpcap."
#endif

/* Each function of libpcap that keepwatch calls, without its prefix. */
#define LIBPCAP_FUNCTIONS(function) \
  function(activate) function(close) function(compile) function(create) function(datalink) function(dispatch) \
  function(findalldevs) function(freealldevs) function(freecode) function(get_selectable_fd) function(geterr) \
  function(offline_filter) function(open_dead) function(set_buffer_size) function(set_promisc) function(set_snaplen) \
  function(set_timeout) function(set_tstamp_precision) function(setfilter) function(setnonblock) function(stats) \
  function(statustostr)

/* libpcap's functions, under the names that pcap(3PCAP) gives them after "pcap_". */
struct libpcap {
#define LIBPCAP_MEMBER(name) __typeof__(pcap_##name) *_Nonnull name;
  LIBPCAP_FUNCTIONS(LIBPCAP_MEMBER)
#undef LIBPCAP_MEMBER
};

/* Loads libpcap into `functions`. Returns NULL, or what dlerror(3) says. */
const char *_Nullable libpcap_load(struct libpcap *_Nonnull functions);

#endif
