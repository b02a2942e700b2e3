// Ternary weights times one column of codes.
//
// By planes, a register has 512 of inner of one row, and the sums of a row are added up at its end.
// By tables, a byte of weights has four of them to the base 3, a byte of codes chooses one of 256
// tables of the 81 sums that four weights can give, and a register looks up 64 rows at once.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define PLANES __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq")))
#define TABLES __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi")))
#define INLINE(isa) isa static inline __attribute__((always_inline))

enum {
  nonzero_and_differs = 0x28,
  /// Rows of a step by planes.
  plane_rows = 4,
  /// Registers of 64 rows of a step by tables.
  most_vectors = 8,
  /// Bytes of weights whose sums, at most 12 each, fit a byte.
  byte_steps = 21,
  /// Sums of bytes, at most 252 each, that fit 16 bits.
  word_steps = 256,
};

/// Sums of up to 4 rows for `bits` planes of at most 64 · `words` of inner.
INLINE(PLANES)
void plane_rows_sums(const uint64_t *signs, const uint64_t *planes, int bits, size_t words,
                     int64_t totals[plane_rows]) {
  __m512i sums[plane_rows];
  for (int row = 0; row < plane_rows; row++) sums[row] = _mm512_setzero_si512();
  for (int plane = bits; plane-- > 0;) {
    // Horner's rule: what the higher planes gave counts twice.
    for (int row = 0; row < plane_rows; row++)
      sums[row] = _mm512_add_epi64(sums[row], sums[row]);
    for (size_t word = 0; word < words; word += 8) {
      __mmask8 lanes = words - word < 8 ? (__mmask8)(0xFF >> (8 - (words - word))) : 0xFF;
      __m512i code = _mm512_maskz_loadu_epi64(lanes, planes + plane * words + word);
      for (int row = 0; row < plane_rows; row++) {
        const uint64_t *weights = signs + 2 * row * words + word;
        __m512i nonzero = _mm512_maskz_loadu_epi64(lanes, weights);
        __m512i negative = _mm512_maskz_loadu_epi64(lanes, weights + words);
        __m512i set = _mm512_ternarylogic_epi64(negative, code, nonzero, nonzero_and_differs);
        sums[row] = _mm512_add_epi64(sums[row], _mm512_popcnt_epi64(set));
      }
    }
  }
  for (int row = 0; row < plane_rows; row++) totals[row] = _mm512_reduce_add_epi64(sums[row]);
}

PLANES void ckernels_ternary_column_planes_avx512(const uint64_t *signs, const int32_t *negatives,
                                                  const uint64_t *planes, int bits,
                                                  int32_t *product, size_t rows, size_t inner) {
  size_t words = (inner + 63) / 64;
  int32_t largest = (1 << bits) - 1;
  for (size_t row = 0; row < rows; row += plane_rows) {
    int64_t totals[plane_rows];
    plane_rows_sums(signs + 2 * row * words, planes, bits, words, totals);
    for (size_t i = 0; i < plane_rows && row + i < rows; i++)
      product[row + i] = (int32_t)totals[i] - largest * negatives[row + i];
  }
}

struct lookup {
  const uint8_t *trits, *tables, *codes;
  size_t bytes;
};

/// Adds one stretch of bytes of inner for `vectors` registers of 64 rows into 16-bit sums.
INLINE(TABLES)
void add_bytes(struct lookup o, size_t start, size_t end, int vectors,
               __m512i even[most_vectors], __m512i odd[most_vectors]) {
  __m512i sums[most_vectors];
  for (int v = 0; v < vectors; v++) sums[v] = _mm512_setzero_si512();
  for (size_t byte = start; byte < end; byte++) {
    const uint8_t *table = o.tables + 128 * (size_t)o.codes[byte];
    __m512i low = _mm512_load_si512(table), high = _mm512_load_si512(table + 64);
    for (int v = 0; v < vectors; v++) {
      __m512i index = _mm512_load_si512(o.trits + (v * o.bytes + byte) * 64);
      sums[v] = _mm512_add_epi8(sums[v], _mm512_permutex2var_epi8(low, index, high));
    }
  }
  for (int v = 0; v < vectors; v++) {
    even[v] = _mm512_add_epi16(even[v], _mm512_and_si512(sums[v], _mm512_set1_epi16(255)));
    odd[v] = _mm512_add_epi16(odd[v], _mm512_srli_epi16(sums[v], 8));
  }
}

/// Up to 512 rows of one column.
INLINE(TABLES)
void table_rows(struct lookup o, const int32_t *negatives, int32_t *product, size_t rows,
                int vectors) {
  for (size_t start = 0; start < o.bytes || start == 0; start += byte_steps * word_steps) {
    __m512i even[most_vectors], odd[most_vectors];
    for (int v = 0; v < vectors; v++) even[v] = odd[v] = _mm512_setzero_si512();
    size_t limit = start + byte_steps * word_steps < o.bytes ? start + byte_steps * word_steps
                                                             : o.bytes;
    for (size_t byte = start; byte < limit; byte += byte_steps)
      add_bytes(o, byte, byte + byte_steps < limit ? byte + byte_steps : limit, vectors, even,
                odd);
    for (int v = 0; v < vectors; v++) {
      uint16_t sums[2][32];
      memcpy(sums[0], &even[v], 64);
      memcpy(sums[1], &odd[v], 64);
      for (size_t row = 64 * (size_t)v; row < 64 * (size_t)v + 64 && row < rows; row++) {
        int32_t before = start > 0 ? product[row] : -3 * negatives[row];
        product[row] = before + sums[row % 2][row % 64 / 2];
      }
    }
  }
}

TABLES void ckernels_ternary_column_tables_avx512(const uint8_t *trits, const int32_t *negatives,
                                                  const uint8_t *tables, const uint8_t *codes,
                                                  int32_t *product, size_t rows, size_t inner) {
  struct lookup o = {.tables = tables, .codes = codes, .bytes = (inner + 3) / 4};
  for (size_t row = 0; row < rows; row += 64 * most_vectors) {
    o.trits = trits + row * o.bytes;
    size_t left = rows - row;
    if (left > 64 * 4)
      table_rows(o, negatives + row, product + row, left, 8);
    else if (left > 64)
      table_rows(o, negatives + row, product + row, left, 4);
    else
      table_rows(o, negatives + row, product + row, left, 1);
  }
}

#endif
