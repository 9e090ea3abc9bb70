/* What a program can tell the processor's cache and the kernel's pager, and Swift cannot spell. Advice only: whatever the
   address, nothing is read or written for the program, and nothing can fail. */
#pragma once

/* Begins to load the cache line of `address`, and waits for nothing. An address that is not mapped is ignored. */
static inline void memory_prefetch(const void *_Nullable address) { __builtin_prefetch(address); }
