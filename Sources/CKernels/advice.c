// What the system is told about memory.
#define _DEFAULT_SOURCE
#include "CKernels.h"

#include <sys/mman.h>

void ckernels_advise_large_pages(void *start, size_t count) {
#ifdef MADV_HUGEPAGE
  const uintptr_t page = 4096;
  uintptr_t first = ((uintptr_t)start + page - 1) & ~(page - 1);
  uintptr_t end = ((uintptr_t)start + count) & ~(page - 1);
  if (first < end) madvise((void *)first, end - first, MADV_HUGEPAGE);
#endif
}
