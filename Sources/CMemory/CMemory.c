#define _DEFAULT_SOURCE
#include "CMemory.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void memory_prefer_huge_pages(const void *start, size_t length) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t first = ((uintptr_t)start + page - 1) & ~(page - 1);
  uintptr_t end = ((uintptr_t)start + length) & ~(page - 1);
  if (first < end) madvise((void *)first, end - first, MADV_HUGEPAGE);
}
