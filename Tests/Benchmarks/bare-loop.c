/* What everything is measured against: libpcap handing over each packet of a file, and nothing done with it. */
#include <pcap/pcap.h>
#include <stdio.h>

int main(int count, char **words) {
  char message[PCAP_ERRBUF_SIZE];
  pcap_t *handle = count == 2 ? pcap_open_offline(words[1], message) : NULL;
  if (!handle) return fprintf(stderr, "usage: bare-loop FILE\n"), 64;
  struct pcap_pkthdr *header;
  const u_char *data;
  unsigned long packets = 0, octets = 0;
  while (pcap_next_ex(handle, &header, &data) == 1) packets++, octets += header->caplen;
  printf("%lu packets, %lu octets\n", packets, octets);
  pcap_close(handle);
  return 0;
}
