/* What a program can tell the processor's cache and the kernel's pager, and Swift cannot spell. Advice only: whatever the
   address, nothing is read or written for the program, and nothing can fail. */
#pragma once

#include <stddef.h>

/* Begins to load the cache line of `address`, and waits for nothing. An address that is not mapped is ignored. */
static inline void memory_prefetch(const void *_Nullable address) { __builtin_prefetch(address); }

/* Asks the kernel for huge pages under the whole pages of `length` octets that are not touched yet (madvise(2),
   MADV_HUGEPAGE). */
void memory_prefer_huge_pages(const void *_Nullable start, size_t length);
