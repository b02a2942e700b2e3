#if defined(__x86_64__)

#define ISA avx512
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define TILE_ROWS 16
#include "descent_body.h"
#include "quadratic_body.h"
#include "sampled_body.h"

#endif
