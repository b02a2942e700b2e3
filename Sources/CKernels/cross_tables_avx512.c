// Fixed-point numbers times 2-bit codes by table lookups (vpermd).
//
// For two samples of a row t, a table of 16 words has t₀ c₀ + t₁ c₁ for each pair of codes, so one
// lookup and one addition give 16 inputs two products each. A word of codes holds 16 samples of
// one input; lookups read its lowest four bits.
//
// With Q a quarter of the samples, byte q of an input holds the samples q, q + Q, q + 2Q, q + 3Q,
// the first in its lowest bits.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define WORDS __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define WORDS_INLINE WORDS static inline __attribute__((always_inline))

enum {
  block_rows = 8,
  block_vectors = 2,
  /// Words of codes whose products fit Int32: 8 · 16 · 3 · 2²² < 2³¹.
  span_words = 8,
  span_steps = 8 * span_words,
};

/// 64 bytes of one input, of which `width` count: four codes to a byte.
WORDS_INLINE __m512i fours(const uint8_t *line, size_t columns, size_t quarter, size_t first,
                           size_t width, __m512i shift) {
  __m512i bytes = _mm512_setzero_si512();
  for (int k = 3; k >= 0; k--) {
    size_t start = first + k * quarter;
    size_t room = start < columns ? columns - start : 0;
    if (room > width) room = width;
    __mmask64 mask = room >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << room) - 1;
    __m512i part = _mm512_maskz_loadu_epi8(mask, line + (room ? start : 0));
    // Below 64, so that no bit leaves its byte.
    bytes = _mm512_add_epi8(_mm512_slli_epi16(bytes, 2), _mm512_maskz_add_epi8(mask, part, shift));
  }
  return bytes;
}

/// 16 rows of 16 words, transposed.
WORDS_INLINE void transpose16(__m512i rows[16]) {
  __m512i next[16];
#pragma clang loop unroll(full)
  for (int round = 0; round < 4; round++) {
    // Interleaving rows i and i + 8 four times moves every word to its place; whole registers are
    // interleaved by a permutation of both.
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i high =
        _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#pragma clang loop unroll(full)
    for (int i = 0; i < 8; i++) {
      next[2 * i] = _mm512_permutex2var_epi32(rows[i], low, rows[i + 8]);
      next[2 * i + 1] = _mm512_permutex2var_epi32(rows[i], high, rows[i + 8]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; i++) rows[i] = next[i];
  }
}

WORDS void ckernels_pack_words_avx512(const uint8_t *codes, size_t stride, size_t inputs,
                                      size_t columns, uint8_t offset, uint32_t *words) {
  size_t count = (columns + 15) / 16, quarter = 4 * count;
  __m512i shift = _mm512_set1_epi8((char)offset);
  for (size_t block = 0; block < inputs; block += 16) {
    size_t height = inputs - block < 16 ? inputs - block : 16;
    for (size_t first = 0; first < quarter; first += 64) {
      size_t width = quarter - first < 64 ? quarter - first : 64;
      __m512i rows[16];
      for (size_t i = 0; i < 16; i++)
        rows[i] = i < height ? fours(codes + (block + i) * stride, columns, quarter, first, width,
                                     shift)
                             : _mm512_setzero_si512();
      transpose16(rows);
      for (size_t w = 0; 4 * w < width; w++)
        _mm512_store_si512(words + (block * count + (first / 4 + w) * 16), rows[w]);
    }
  }
}

/// The tables of up to 8 rows for 64 steps, `[step][row]`; those of other rows are zero.
WORDS_INLINE void fill(const int32_t *fixed, size_t stride, size_t quarter, size_t first,
                       size_t words, size_t rows, __m512i *tables) {
  const __m512i low = _mm512_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
  const __m512i high = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
  for (size_t row = 0; row < block_rows; row++) {
    const int32_t *line = fixed + row * stride + 4 * first;
    for (size_t step = 0; step < 8 * words; step++) {
      __m512i table = _mm512_setzero_si512();
      if (row < rows) {
        const int32_t *pair = line + step / 2 + step % 2 * 2 * quarter;
        table = _mm512_add_epi32(_mm512_mullo_epi32(_mm512_set1_epi32(pair[0]), low),
                                 _mm512_mullo_epi32(_mm512_set1_epi32(pair[quarter]), high));
      }
      tables[step * block_rows + row] = table;
    }
  }
}

WORDS_INLINE void look_up(const uint32_t *words, size_t count, size_t first, size_t span,
                          const __m512i *tables, int vectors, double *sums, size_t stride) {
  __m512i totals[block_rows][block_vectors];
#pragma clang loop unroll(full)
  for (int r = 0; r < block_rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) totals[r][v] = _mm512_setzero_si512();
  for (size_t w = 0; w < span; w++) {
    __m512i index[block_vectors];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      index[v] = _mm512_load_si512(words + (v * count + first + w) * 16);
    for (int k = 0; k < 8; k++) {
      const __m512i *table = tables + (8 * w + k) * block_rows;
#pragma clang loop unroll(full)
      for (int r = 0; r < block_rows; r++) {
        __m512i entries = table[r];
        __asm__("" : "+v"(entries));
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++)
          totals[r][v] =
              _mm512_add_epi32(totals[r][v], _mm512_permutexvar_epi32(index[v], entries));
      }
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) index[v] = _mm512_srli_epi32(index[v], 4);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < block_rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      double *to = sums + r * stride + 16 * v;
      __m512d low = _mm512_cvtepi32_pd(_mm512_castsi512_si256(totals[r][v]));
      __m512d high = _mm512_cvtepi32_pd(_mm512_extracti64x4_epi64(totals[r][v], 1));
      _mm512_store_pd(to, _mm512_add_pd(_mm512_load_pd(to), low));
      _mm512_store_pd(to + 8, _mm512_add_pd(_mm512_load_pd(to + 8), high));
    }
}

WORDS void ckernels_cross_tables_avx512(const int32_t *fixed, size_t stride,
                                        const uint32_t *words, size_t columns, double *sums,
                                        size_t rows, size_t inputs) {
  size_t count = (columns + 15) / 16, vectors = (inputs + 15) / 16;
  __m512i tables[span_steps * block_rows];
  memset(sums, 0, block_rows * vectors * 16 * sizeof(double));
  for (size_t first = 0; first < count; first += span_words) {
    size_t span = count - first < span_words ? count - first : span_words;
    fill(fixed, stride, 4 * count, first, span, rows, tables);
    size_t vector = 0;
    for (; vector + 2 <= vectors; vector += 2)
      look_up(words + vector * count * 16, count, first, span, tables, 2, sums + vector * 16,
              vectors * 16);
    if (vector < vectors)
      look_up(words + vector * count * 16, count, first, span, tables, 1, sums + vector * 16,
              vectors * 16);
  }
}

#endif
