// Weighted sums of pixels along one axis of an image.
//
// A weight has 22 bits, more than a product of 16 bits takes: it comes in two parts, and
//
//   sum = (Σ byte · high) · 2¹¹ + Σ byte · low,    result = (sum + 2²¹) / 2²², rounded down
//
// is exact. SSE2, which every x86-64 processor has, multiplies eight at a time.
#include "CKernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <emmintrin.h>
#endif

enum { low_bits = 11, fraction = 22 };

static inline int32_t half_of(uint32_t pair, size_t which) {
  return (int16_t)(pair >> (16 * which));
}

static inline uint8_t byte_of(int32_t high, int32_t low) {
  int32_t value = (high * (1 << low_bits) + low + (1 << (fraction - 1))) >> fraction;
  return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

/// `count` bytes, each from bytes `stride` apart.
static void weigh(const uint8_t *source, size_t stride, const uint32_t *high, const uint32_t *low,
                  size_t pairs, uint8_t *target, size_t count) {
  for (size_t at = 0; at < count; at++) {
    int32_t highs = 0, lows = 0;
    for (size_t tap = 0; tap < 2 * pairs; tap++) {
      int32_t byte = source[at + tap * stride];
      highs += byte * half_of(high[tap / 2], tap % 2);
      lows += byte * half_of(low[tap / 2], tap % 2);
    }
    target[at] = byte_of(highs, lows);
  }
}

#if defined(__x86_64__)
/// What four sums stand for.
static inline __m128i bytes_of(__m128i high, __m128i low) {
  __m128i sum = _mm_add_epi32(_mm_slli_epi32(high, low_bits), low);
  return _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(1 << (fraction - 1))), fraction);
}

static inline __m128i pixel(const uint8_t *at) {
  int32_t word;
  memcpy(&word, at, 4);
  return _mm_cvtsi32_si128(word);
}
#endif

#if defined(__x86_64__)
/// Some rows at once, so that weights are spread once for all of them.
static inline __attribute__((always_inline)) void weigh_columns_of(
    const uint8_t *source, size_t source_stride, const int32_t *starts, const uint32_t *high,
    const uint32_t *low, size_t pairs, uint8_t *target, size_t columns, int rows) {
  const __m128i zero = _mm_setzero_si128();
  for (size_t column = 0; column < columns; column++) {
    const uint8_t *from = source + 3 * (size_t)starts[column];
    __m128i highs[4], lows[4];
    for (int row = 0; row < rows; row++) highs[row] = lows[row] = zero;
    for (size_t pair = 0; pair < pairs; pair++, from += 6) {
      __m128i h = _mm_set1_epi32((int32_t)*high++), l = _mm_set1_epi32((int32_t)*low++);
      for (int row = 0; row < rows; row++) {
        const uint8_t *at = from + (size_t)row * source_stride;
        __m128i both =
            _mm_unpacklo_epi8(_mm_unpacklo_epi8(pixel(at), pixel(at + 3)), zero);
        highs[row] = _mm_add_epi32(highs[row], _mm_madd_epi16(both, h));
        lows[row] = _mm_add_epi32(lows[row], _mm_madd_epi16(both, l));
      }
    }
    for (int row = 0; row < rows; row++) {
      __m128i words = _mm_packs_epi32(bytes_of(highs[row], lows[row]), zero);
      int32_t bytes = _mm_cvtsi128_si32(_mm_packus_epi16(words, zero));
      // The fourth byte is the next pixel's, which is written over it.
      uint8_t *to = target + 3 * ((size_t)row * columns + column);
      if (column + 1 < columns)
        memcpy(to, &bytes, 4);
      else
        memcpy(to, &bytes, 3);
    }
  }
}
#endif

void ckernels_weigh_columns(const uint8_t *source, size_t source_stride, size_t rows,
                            const int32_t *starts, const uint32_t *high, const uint32_t *low,
                            size_t pairs, uint8_t *target, size_t columns) {
  size_t row = 0;
#if defined(__x86_64__)
  // Pixels are read by four bytes, so each row must have one behind it.
  for (; row + 5 <= rows; row += 4)
    weigh_columns_of(source + row * source_stride, source_stride, starts, high, low, pairs,
                     target + 3 * row * columns, columns, 4);
  for (; row + 2 <= rows; row++)
    weigh_columns_of(source + row * source_stride, source_stride, starts, high, low, pairs,
                     target + 3 * row * columns, columns, 1);
#endif
  for (; row < rows; row++)
    for (size_t column = 0; column < columns; column++)
      weigh(source + row * source_stride + 3 * (size_t)starts[column], 3, high + column * pairs,
            low + column * pairs, pairs, target + 3 * (row * columns + column), 3);
}

void ckernels_weigh_rows(const uint8_t *source, size_t stride, const uint32_t *high,
                         const uint32_t *low, size_t pairs, uint8_t *target, size_t count) {
  size_t at = 0;
#if defined(__x86_64__)
  const __m128i zero = _mm_setzero_si128();
  for (; at + 16 <= count; at += 16) {
    __m128i highs[4], lows[4];
    for (int part = 0; part < 4; part++) highs[part] = lows[part] = zero;
    for (size_t pair = 0; pair < pairs; pair++) {
      const uint8_t *from = source + at + 2 * pair * stride;
      __m128i first = _mm_loadu_si128((const __m128i *)from);
      __m128i second = _mm_loadu_si128((const __m128i *)(from + stride));
      __m128i left = _mm_unpacklo_epi8(first, second), right = _mm_unpackhi_epi8(first, second);
      __m128i both[4] = {_mm_unpacklo_epi8(left, zero), _mm_unpackhi_epi8(left, zero),
                         _mm_unpacklo_epi8(right, zero), _mm_unpackhi_epi8(right, zero)};
      __m128i h = _mm_set1_epi32((int32_t)high[pair]), l = _mm_set1_epi32((int32_t)low[pair]);
      for (int part = 0; part < 4; part++) {
        highs[part] = _mm_add_epi32(highs[part], _mm_madd_epi16(both[part], h));
        lows[part] = _mm_add_epi32(lows[part], _mm_madd_epi16(both[part], l));
      }
    }
    __m128i left = _mm_packs_epi32(bytes_of(highs[0], lows[0]), bytes_of(highs[1], lows[1]));
    __m128i right = _mm_packs_epi32(bytes_of(highs[2], lows[2]), bytes_of(highs[3], lows[3]));
    _mm_storeu_si128((__m128i *)(target + at), _mm_packus_epi16(left, right));
  }
#endif
  weigh(source + at, stride, high, low, pairs, target + at, count - at);
}
