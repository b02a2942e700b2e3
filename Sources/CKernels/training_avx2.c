#if defined(__x86_64__)

#define ISA avx2
#define TARGET __attribute__((target("avx2")))
#include "training_body.h"

#endif
