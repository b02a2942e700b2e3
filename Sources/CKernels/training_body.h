// Included once per instruction set, which defines ISA and TARGET.

#include "CKernelsTraining.h"

#pragma STDC FP_CONTRACT OFF
// Vectors are passed to inlined functions only.
#pragma clang diagnostic ignored "-Wpsabi"

#define PASTE2(a, b) a##_##b
#define PASTE(a, b) PASTE2(a, b)
#define NAMED(name) PASTE(name, ISA)

enum { LANES = 16 };
typedef float lanes __attribute__((vector_size(LANES * 4), aligned(4)));
typedef int32_t masks __attribute__((vector_size(LANES * 4)));

#define INLINE static inline __attribute__((always_inline)) TARGET

INLINE lanes NAMED(choose)(masks mask, lanes yes, lanes no) {
  return (lanes)((mask & (masks)yes) | (~mask & (masks)no));
}

/// The codes of 16 values. Clamping before rounding is the same since the bounds are integers; it
/// sends NaN to the lowest code.
INLINE lanes NAMED(code)(const tsq_quantizer *q, lanes x, lanes scaled) {
  // 1.5 · 2²³: adding and subtracting it rounds to nearest, ties to even.
  const lanes magic = (lanes){} + 0x1.8p23f;
  const lanes low = (lanes){} + q->low, high = (lanes){} + q->high;
  lanes value = NAMED(choose)(scaled > low, scaled, low);
  value = NAMED(choose)(value < high, value, high);
  value = (value + magic) - magic;
  if (q->threshold >= 0) {
    const float zero = q->low > 0 ? q->low : (q->high < 0 ? q->high : 0);
    const float one = q->low > 1 ? q->low : (q->high < 1 ? q->high : 1);
    const lanes atLeastOne = NAMED(choose)(value > one, value, (lanes){} + one);
    const lanes inner = NAMED(choose)(x >= -q->threshold, (lanes){} + zero, value);
    value = NAMED(choose)(x > q->threshold, atLeastOne, inner);
  }
  return value;
}

INLINE lanes NAMED(load)(const float *from, int64_t rest) {
  if (rest >= LANES) return *(const lanes *)from;
  lanes result = {};
  for (int64_t i = 0; i < rest; i++) result[i] = from[i];
  return result;
}

INLINE void NAMED(store)(float *to, lanes value, int64_t rest) {
  if (rest >= LANES) {
    *(lanes *)to = value;
  } else {
    for (int64_t i = 0; i < rest; i++) to[i] = value[i];
  }
}

TARGET void NAMED(tsq_codes)(const tsq_quantizer *quantizer, const float *x, float *y,
                             int64_t count) {
  const tsq_quantizer q = *quantizer;
  for (int64_t i = 0; i < count; i += LANES) {
    const lanes values = NAMED(load)(x + i, count - i);
    NAMED(store)(y + i, NAMED(code)(&q, values, values / q.step) * q.step, count - i);
  }
}

TARGET double NAMED(tsq_codes_pullback)(const tsq_quantizer *quantizer, const float *x,
                                        const float *dy, const float *other, float *dx,
                                        int64_t count) {
  const tsq_quantizer q = *quantizer;
  // Short sums in single precision, their sum in double.
  enum { STRETCH = 4096 };
  double total = 0;
  for (int64_t start = 0; start < count; start += STRETCH) {
    const int64_t end = start + STRETCH < count ? start + STRETCH : count;
    lanes sums = {};
    for (int64_t i = start; i < end; i += LANES) {
      const int64_t rest = end - i;
      const lanes values = NAMED(load)(x + i, rest), gradient = NAMED(load)(dy + i, rest);
      const lanes scaled = values / q.step;
      const lanes code = NAMED(code)(&q, values, scaled);
      const masks inside = (scaled > q.low) & (scaled < q.high);
      sums += gradient * NAMED(choose)(inside, code - scaled, code);
      lanes result = NAMED(choose)(inside, gradient, (lanes){});
      if (other) result += NAMED(load)(other + i, rest);
      NAMED(store)(dx + i, result, rest);
    }
    for (int lane = 0; lane < LANES; lane++) total += sums[lane];
  }
  return total;
}

TARGET void NAMED(tsq_slope_pullback)(float slope, const float *y, const float *dy, float *dx,
                                      int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    const int64_t rest = count - i;
    const lanes gradient = NAMED(load)(dy + i, rest);
    NAMED(store)(
        dx + i, NAMED(choose)(NAMED(load)(y + i, rest) > 0, gradient, gradient * slope), rest);
  }
}

TARGET void NAMED(tsq_clip_pullback)(float lower, float upper, const float *x, const float *dy,
                                     float *dx, int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    const int64_t rest = count - i;
    const lanes values = NAMED(load)(x + i, rest);
    const masks inside = (values >= lower) & (values <= upper);
    NAMED(store)(dx + i, NAMED(choose)(inside, NAMED(load)(dy + i, rest), (lanes){}), rest);
  }
}

TARGET void NAMED(tsq_add)(const float *a, const float *b, float *sum, int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    const int64_t rest = count - i;
    NAMED(store)(sum + i, NAMED(load)(a + i, rest) + NAMED(load)(b + i, rest), rest);
  }
}
