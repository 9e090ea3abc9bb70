#if __has_include(<pcap/pcap.h>)
#include <pcap/pcap.h>
#else
#error "keepwatch needs libpcap's headers. Debian, Ubuntu: apt install libpcap-dev. Fedora: dnf install libpcap-devel. macOS: brew install libpcap."
#endif
