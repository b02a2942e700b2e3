#if defined(__x86_64__)

#define ISA avx2
#define TARGET __attribute__((target("avx2,fma")))
#define TILE_ROWS 4
#include "descent_body.h"
#include "quadratic_body.h"
#include "sampled_body.h"

#endif
