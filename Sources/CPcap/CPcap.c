#include "CPcap.h"

#include <dlfcn.h>

/* The same interface under two names: libpcap's own, and that of Debian and its children, which never took the first. */
static const char *const names[] = {"libpcap.so.1", "libpcap.so.0.8"};

const char *libpcap_load(struct libpcap *functions) {
  void *library = dlopen(names[0], RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen(names[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
#define LOAD(name) \
  if (!(functions->name = (__typeof__(functions->name))dlsym(library, "pcap_" #name))) return dlerror();
  LIBPCAP_FUNCTIONS(LOAD)
#undef LOAD
  return 0;
}
