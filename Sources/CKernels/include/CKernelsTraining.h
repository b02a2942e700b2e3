// Element-wise work of training: code quantizers with their pullback, masks, sums.
//
// Every operation is IEEE's and unfused, and sums run in 16 lanes of a fixed order, so all
// instruction sets give the same bits. Operands may lie in any layout whose padding is zero.

#ifndef CKERNELS_TRAINING_H
#define CKERNELS_TRAINING_H

#include <stdint.h>

/// A quantizer: code clamp(round(x / step), low … high), value code · step.
typedef struct {
  float step;
  float low;
  float high;
  /// Values up to it give code 0 and larger ones at least 1; negative for plain rounding.
  float threshold;
} tsq_quantizer;

#define TSQ_TRAINING_KERNELS(isa)                                                              \
  /* y = code · step. */                                                                       \
  void tsq_codes_##isa(const tsq_quantizer *quantizer, const float *x, float *y,               \
                       int64_t count);                                                         \
  /* dx = dy in the window low · step < x < high · step, else 0; plus `other` where given. */ \
  /* Returns the derivative by the step (LSQ): Σ dy · (code − x / step inside, code outside). */ \
  double tsq_codes_pullback_##isa(const tsq_quantizer *quantizer, const float *x,              \
                                  const float *dy, const float *other, float *dx,              \
                                  int64_t count);                                              \
  /* dx = dy where y > 0, else slope · dy. */                                                  \
  void tsq_slope_pullback_##isa(float slope, const float *y, const float *dy, float *dx,       \
                                int64_t count);                                                \
  /* dx = dy where lower <= x <= upper, else 0. */                                             \
  void tsq_clip_pullback_##isa(float lower, float upper, const float *x, const float *dy,      \
                               float *dx, int64_t count);                                      \
  /* sum = a + b. */                                                                           \
  void tsq_add_##isa(const float *a, const float *b, float *sum, int64_t count);

TSQ_TRAINING_KERNELS(plain)
#if defined(__x86_64__)
TSQ_TRAINING_KERNELS(avx2)
TSQ_TRAINING_KERNELS(avx512)
#endif

#endif
