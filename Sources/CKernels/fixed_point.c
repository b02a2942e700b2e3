// Rows of fp32 numbers as fixed point: 22 bits and a sign; any machine.
#include "CKernels.h"

#include <string.h>

uint32_t ckernels_largest_bits(const float *values, size_t count) {
  int32_t largest = 0;
  for (size_t i = 0; i < count; i++) {
    int32_t bits;
    memcpy(&bits, values + i, 4);
    bits &= 0x7fffffff;
    largest = bits > largest ? bits : largest;
  }
  return (uint32_t)largest;
}

int64_t ckernels_fix(const float *values, size_t count, float first, float second,
                     int32_t *fixed) {
  // Between 2²³ and 2²⁴ the last bit of a float counts one: adding 1.5 · 2²³ rounds to nearest,
  // and leaves the integer in the low bits.
  const float magic = 0x1.8p23f;
  int32_t base;
  memcpy(&base, &magic, 4);
  int64_t sum = 0;
  // 256 numbers of 22 bits and a sign add up in 32.
  for (size_t start = 0; start < count; start += 256) {
    size_t end = count - start < 256 ? count : start + 256;
    int32_t part = 0;
    for (size_t i = start; i < end; i++) {
      float shifted = values[i] * first * second + magic;
      int32_t bits;
      memcpy(&bits, &shifted, 4);
      fixed[i] = bits - base;
      part += fixed[i];
    }
    sum += part;
  }
  return sum;
}

void ckernels_split_digits(const int32_t *fixed, size_t count, int8_t *low, int8_t *middle,
                           int8_t *high) {
  for (size_t i = 0; i < count; i++) {
    int32_t value = fixed[i];
    int32_t rest = (value - (int8_t)value) >> 8;
    low[i] = (int8_t)value;
    middle[i] = (int8_t)rest;
    high[i] = (int8_t)((rest - (int8_t)rest) >> 8);
  }
}
