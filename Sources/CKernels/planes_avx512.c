// Ternary weights times codes of few bits, by bit planes.
//
// For a weight row with planes nonzero and negative, and plane b of the codes,
//
//   P_b = Σ popcount(nonzero & (code_b ^ negative))
//   weights · codes = Σ_b 2^b P_b − (2^bits − 1) · negatives
//
// since −a = (2^bits − 1 − a) − (2^bits − 1), and the difference in parentheses is the complement
// of the code's bits. One logical operation, one popcount and one addition make 512 products.
//
// A register holds 64 of inner for 8 columns; a block is 4 rows × 16 columns of one plane.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define PLANES __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq")))
#define PLANES_INLINE PLANES static inline __attribute__((always_inline))

/// Truth table of c & (b ^ a), for ternarylogic(a, b, c).
enum { nonzero_and_differs = 0x28 };

struct operands {
  const uint64_t *weights, *codes;
  size_t words;
  int bits;
};

/// Adds 2^b P_b of 4 rows × `vectors` registers for plane b.
PLANES_INLINE void add_plane(struct operands o, int plane, int vectors, __m512i totals[4][2]) {
  __m512i sums[4][2];
  for (int row = 0; row < 4; row++)
    for (int v = 0; v < vectors; v++) sums[row][v] = _mm512_setzero_si512();
  size_t step = 8 * (size_t)o.bits, group = step * o.words;
  const uint64_t *codes = o.codes + 8 * plane;
  for (size_t word = 0; word < o.words; word++, codes += step) {
    __m512i code[2];
    for (int v = 0; v < vectors; v++) code[v] = _mm512_load_si512(codes + v * group);
    for (int row = 0; row < 4; row++) {
      const uint64_t *weights = o.weights + 2 * row * o.words + word;
      __m512i nonzero = _mm512_set1_epi64((int64_t)weights[0]);
      __m512i negative = _mm512_set1_epi64((int64_t)weights[o.words]);
      // Loaded once each, not once per use.
      __asm__("" : "+v"(nonzero), "+v"(negative));
      for (int v = 0; v < vectors; v++) {
        __m512i set = _mm512_ternarylogic_epi64(negative, code[v], nonzero, nonzero_and_differs);
        sums[row][v] = _mm512_add_epi64(sums[row][v], _mm512_popcnt_epi64(set));
      }
    }
  }
  for (int row = 0; row < 4; row++)
    for (int v = 0; v < vectors; v++)
      totals[row][v] = _mm512_add_epi64(
          totals[row][v], _mm512_sll_epi64(sums[row][v], _mm_cvtsi32_si128(plane)));
}

struct destination {
  int32_t *product;
  size_t stride, rows, columns;
  const int32_t *negatives;
};

PLANES_INLINE void block(struct operands o, struct destination to, int vectors) {
  __m512i totals[4][2];
  for (int row = 0; row < 4; row++)
    for (int v = 0; v < vectors; v++) totals[row][v] = _mm512_setzero_si512();
  // One after the other: the sums of two planes at once leave registers, which costs half the rate.
  for (int plane = 0; plane < o.bits; plane++) add_plane(o, plane, vectors, totals);
  int32_t largest = (1 << o.bits) - 1;
  for (size_t row = 0; row < 4 && row < to.rows; row++)
    for (int v = 0; v < vectors; v++) {
      size_t width = to.columns - 8 * (size_t)v;
      __mmask8 mask = width < 8 ? (__mmask8)(0xFF >> (8 - width)) : 0xFF;
      __m256i sum = _mm256_sub_epi32(_mm512_cvtepi64_epi32(totals[row][v]),
                                     _mm256_set1_epi32(largest * to.negatives[row]));
      _mm256_mask_storeu_epi32(to.product + row * to.stride + 8 * v, mask, sum);
    }
}

PLANES void ckernels_ternary_planes_avx512(const uint64_t *signs, const int32_t *negatives,
                                           const uint64_t *planes, int bits, int32_t *product,
                                           size_t stride, size_t rows, size_t columns,
                                           size_t inner) {
  size_t words = (inner + 63) / 64;
  struct operands o = {.words = words, .bits = bits};
  for (size_t column = 0; column < columns; column += 16) {
    o.codes = planes + column * (size_t)bits * words;
    for (size_t row = 0; row < rows; row += 4) {
      o.weights = signs + 2 * row * words;
      struct destination to = {.product = product + row * stride + column,
                               .stride = stride,
                               .rows = rows - row,
                               .columns = columns - column,
                               .negatives = negatives + row};
      if (to.columns > 8)
        block(o, to, 2);
      else
        block(o, to, 1);
    }
  }
}

#endif
