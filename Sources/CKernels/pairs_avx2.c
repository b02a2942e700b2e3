// Ternary weights times 2-bit codes by table lookups of bytes.
//
// A byte of codes has those of two of inner, 16 values; a byte of weights says which of 9 tables of
// 16 sums to look them up in. With −a = (3 − a) − 3 no sum is negative, and 3 for each negative
// weight is taken off at the end. One shuffle and one addition make 64 products.
//
// A block is 4 rows × 64 columns: 8 registers of sums in bytes, added up in 16 bits every 42 steps.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE AVX2 static inline __attribute__((always_inline))

enum {
  block_rows = 4,
  block_columns = 64,
  /// Sums of at most 6 that fit a byte.
  byte_steps = 42,
  /// Pairs of inner whose codes, 31.5 KiB for 64 columns, are held at a time.
  held_pairs = 12 * byte_steps,
};

typedef __m256i wide_sums[block_rows][2][2];

struct operands {
  const uint8_t *weights, *codes, *tables;
  /// Pairs of a row of weights.
  size_t pairs;
};

/// Adds `count` ≤ 42 pairs, beginning with `first`.
AVX2_INLINE void add_pairs(const struct operands *o, size_t first, size_t count, wide_sums wide) {
  __m256i sums[block_rows][2];
  for (int row = 0; row < block_rows; row++)
    sums[row][0] = sums[row][1] = _mm256_setzero_si256();
  for (size_t pair = first; pair < first + count; pair++) {
    __m256i left = _mm256_load_si256((const __m256i *)(o->codes + 64 * pair));
    __m256i right = _mm256_load_si256((const __m256i *)(o->codes + 64 * pair + 32));
    for (int row = 0; row < block_rows; row++) {
      const uint8_t *place = o->tables + o->weights[row * o->pairs + pair];
      __m256i table = _mm256_broadcastsi128_si256(_mm_load_si128((const __m128i *)place));
      sums[row][0] = _mm256_add_epi8(sums[row][0], _mm256_shuffle_epi8(table, left));
      sums[row][1] = _mm256_add_epi8(sums[row][1], _mm256_shuffle_epi8(table, right));
    }
  }
  for (int row = 0; row < block_rows; row++)
    for (int v = 0; v < 2; v++) {
      __m256i even = _mm256_and_si256(sums[row][v], _mm256_set1_epi16(255));
      __m256i odd = _mm256_srli_epi16(sums[row][v], 8);
      wide[row][v][0] = _mm256_add_epi16(wide[row][v][0], even);
      wide[row][v][1] = _mm256_add_epi16(wide[row][v][1], odd);
    }
}

/// Adds the sums of 32 columns of a row to `line`, or writes them less `excess`.
AVX2_INLINE void put(__m256i even, __m256i odd, int32_t *line, int accumulates, int32_t excess) {
  __m256i low = _mm256_unpacklo_epi16(even, odd), high = _mm256_unpackhi_epi16(even, odd);
  __m128i parts[4] = {_mm256_castsi256_si128(low), _mm256_castsi256_si128(high),
                      _mm256_extracti128_si256(low, 1), _mm256_extracti128_si256(high, 1)};
  for (int part = 0; part < 4; part++) {
    __m256i *out = (__m256i *)(line + 8 * part);
    __m256i before = accumulates ? _mm256_loadu_si256(out) : _mm256_set1_epi32(-excess);
    _mm256_storeu_si256(out, _mm256_add_epi32(before, _mm256_cvtepu16_epi32(parts[part])));
  }
}

struct destination {
  int32_t *product;
  size_t stride, rows, columns;
  const int32_t *negatives;
};

AVX2 static void block(const struct operands *o, size_t count, int accumulates,
                       struct destination to) {
  wide_sums wide;
  memset(wide, 0, sizeof wide);
  for (size_t pair = 0; pair < count; pair += byte_steps)
    add_pairs(o, pair, count - pair < byte_steps ? count - pair : byte_steps, wide);
  for (size_t row = 0; row < block_rows && row < to.rows; row++) {
    int32_t *line = to.product + row * to.stride, edge[block_columns], *out = line;
    size_t bytes = to.columns * sizeof(int32_t);
    if (to.columns < block_columns) {
      out = edge;
      if (accumulates) memcpy(edge, line, bytes);
    }
    for (int v = 0; v < 2; v++)
      put(wide[row][v][0], wide[row][v][1], out + 32 * v, accumulates, 3 * to.negatives[row]);
    if (out == edge) memcpy(line, edge, bytes);
  }
}

AVX2 void ckernels_ternary_pairs_avx2(const uint8_t *weights, const int32_t *negatives,
                                      const uint8_t *tables, const uint8_t *codes,
                                      int32_t *product, size_t stride, size_t rows,
                                      size_t columns, size_t inner) {
  struct operands o = {.tables = tables, .pairs = (inner + 1) / 2};
  for (size_t column = 0; column < columns; column += block_columns)
    for (size_t start = 0; start < o.pairs; start += held_pairs) {
      size_t count = o.pairs - start < held_pairs ? o.pairs - start : held_pairs;
      o.codes = codes + (column / 64 * o.pairs + start) * 64;
      for (size_t row = 0; row < rows; row += block_rows) {
        o.weights = weights + row * o.pairs + start;
        size_t width = columns - column < block_columns ? columns - column : block_columns;
        struct destination to = {.product = product + row * stride + column,
                                 .stride = stride,
                                 .rows = rows - row,
                                 .columns = width,
                                 .negatives = negatives + row};
        block(&o, count, start > 0, to);
      }
    }
}

#endif
