// For machines without the others; on aarch64 the compiler makes NEON of it.

#define ISA plain
#define TARGET
#define TILE_ROWS 4
#include "descent_body.h"
#include "quadratic_body.h"
#include "sampled_body.h"

int32_t tsq_descent_machine(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return 2;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
  return 0;
}
