// For machines without the others; on aarch64 the compiler makes NEON of it.

#define ISA plain
#define TARGET
#include "training_body.h"
