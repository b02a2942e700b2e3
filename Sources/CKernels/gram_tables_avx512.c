// The Gram matrix of 2-bit codes by table lookups (vpermb).
//
// A byte holds the codes of one input in three samples. For each such byte of a row i, a table of
// 64 bytes has for each byte of another input j
//
//   Σ ((xᵢ − 1)(xⱼ − 1) + 2)  over the three samples, 0 to 18
//
// so one lookup and one addition of bytes give 64 inputs three products each; fourteen of them fit
// a byte. The caller takes the shifts back. Triples are far apart, (s, s + steps, s + 2 · steps),
// so that packing needs no strided access.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define BYTES __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))
#define BYTES_INLINE BYTES static inline __attribute__((always_inline))

enum {
  block_rows = 5,
  block_vectors = 4,
  /// 14 · 18 ≤ 255.
  byte_steps = 14,
};

BYTES_INLINE __mmask64 low_bits(size_t count) {
  return count >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << count) - 1;
}

#define TRANSPOSE_INLINE BYTES_INLINE
#include "transpose_body.h"

/// Up to 64 steps of one input: three codes to a byte.
BYTES_INLINE __m512i triples(const uint8_t *line, size_t columns, size_t steps, size_t first,
                             uint8_t offset) {
  size_t width = steps - first < 64 ? steps - first : 64;
  __m512i result = _mm512_setzero_si512();
  __m512i shift = _mm512_set1_epi8((char)offset);
  for (int k = 2; k >= 0; k--) {
    size_t start = first + k * steps;
    size_t room = start < columns ? columns - start : 0;
    __mmask64 mask = low_bits(room < width ? room : width);
    __m512i codes = _mm512_maskz_loadu_epi8(mask, line + (room ? start : 0));
    // Two bits to the left without a carry into the next byte: the sums stay below 64.
    result = _mm512_add_epi8(_mm512_slli_epi16(result, 2),
                             _mm512_maskz_add_epi8(mask, codes, shift));
  }
  return result;
}

BYTES void ckernels_pack_triples_avx512(const uint8_t *codes, size_t stride, size_t inputs,
                                        size_t columns, uint8_t offset, uint8_t *lanes,
                                        uint16_t *rows) {
  size_t steps = (columns + 2) / 3;
  uint8_t square[64 * 64] __attribute__((aligned(64)));
  uint8_t turned[64 * 64] __attribute__((aligned(64)));
  for (size_t block = 0; block < inputs; block += 64) {
    size_t height = inputs - block < 64 ? inputs - block : 64;
    memset(square, 0, sizeof square);
    for (size_t first = 0; first < steps; first += 64) {
      size_t width = steps - first < 64 ? steps - first : 64;
      for (size_t i = 0; i < height; i++) {
        __m512i bytes = triples(codes + (block + i) * stride, columns, steps, first, offset);
        _mm512_store_si512(square + 64 * i, bytes);
        uint16_t *row = rows + (block + i) * steps + first;
        __m512i low = _mm512_slli_epi16(_mm512_cvtepu8_epi16(_mm512_castsi512_si256(bytes)), 6);
        __m512i high =
            _mm512_slli_epi16(_mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(bytes, 1)), 6);
        __mmask64 mask = low_bits(width);
        _mm512_mask_storeu_epi16(row, (__mmask32)mask, low);
        _mm512_mask_storeu_epi16(row + 32, (__mmask32)(mask >> 32), high);
      }
      for (int i = 0; i < 64; i += 16)
        for (int s = 0; s < 64; s += 16) transpose16(square + 64 * i + s, turned + 64 * s + i);
      memcpy(lanes + (block * steps + first * 64), turned, width * 64);
    }
  }
}

/// Sums of 16 bits: of even and of odd columns of each vector of 64.
typedef __m512i wide_sums[block_rows][block_vectors][2];

BYTES_INLINE void look_up(const uint8_t *lanes, size_t steps, const uint16_t *rows,
                          const uint8_t *tables, int height, int vectors, wide_sums wide) {
  const __m512i low = _mm512_set1_epi16(255);
  for (int r = 0; r < height; r++)
    for (int v = 0; v < vectors; v++)
      wide[r][v][0] = wide[r][v][1] = _mm512_setzero_si512();
  for (size_t start = 0; start < steps; start += byte_steps) {
    size_t end = steps - start < byte_steps ? steps : start + byte_steps;
    __m512i sums[block_rows][block_vectors];
#pragma clang loop unroll(full)
    for (int r = 0; r < height; r++)
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sums[r][v] = _mm512_setzero_si512();
    for (size_t s = start; s < end; s++) {
      __m512i index[block_vectors];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++)
        index[v] = _mm512_load_si512(lanes + (v * steps + s) * 64);
#pragma clang loop unroll(full)
      for (int r = 0; r < height; r++) {
        __m512i table = _mm512_load_si512(tables + rows[r * steps + s]);
        // One load for all vectors.
        __asm__("" : "+v"(table));
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++)
          sums[r][v] = _mm512_add_epi8(sums[r][v], _mm512_permutexvar_epi8(index[v], table));
      }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < height; r++)
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        wide[r][v][0] = _mm512_add_epi16(wide[r][v][0], _mm512_and_si512(sums[r][v], low));
        wide[r][v][1] = _mm512_add_epi16(wide[r][v][1], _mm512_srli_epi16(sums[r][v], 8));
      }
  }
}

/// Adds a vector's sums of 64 columns to a row of the product.
BYTES_INLINE void write_out(__m512i even, __m512i odd, int32_t *product, size_t columns,
                            int accumulates) {
  __m512i low = _mm512_unpacklo_epi16(even, odd), high = _mm512_unpackhi_epi16(even, odd);
  uint16_t line[64] __attribute__((aligned(64)));
  // Each 16 bytes of `low` and `high` hold 8 neighbouring columns.
  const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
  const __m512i second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  _mm512_store_si512(line, _mm512_permutex2var_epi64(low, first, high));
  _mm512_store_si512(line + 32, _mm512_permutex2var_epi64(low, second, high));
  for (size_t start = 0; start < 64 && start < columns; start += 16) {
    __mmask16 mask = (__mmask16)low_bits(columns - start);
    __m512i sums = _mm512_cvtepu16_epi32(_mm256_load_si256((const __m256i *)(line + start)));
    if (accumulates)
      sums = _mm512_add_epi32(sums, _mm512_maskz_loadu_epi32(mask, product + start));
    _mm512_mask_storeu_epi32(product + start, mask, sums);
  }
}

BYTES_INLINE void group(const uint8_t *lanes, size_t steps, const uint16_t *rows,
                        const uint8_t *tables, int32_t *product, size_t stride, int height,
                        int vectors, size_t columns, int accumulates) {
  wide_sums wide;
  look_up(lanes, steps, rows, tables, height, vectors, wide);
  for (int r = 0; r < height; r++)
    for (int v = 0; v < vectors; v++)
      write_out(wide[r][v][0], wide[r][v][1], product + r * stride + 64 * v, columns - 64 * v,
                accumulates);
}

BYTES void ckernels_gram_tables_avx512(const uint8_t *lanes, const uint16_t *rows,
                                       const uint8_t *tables, size_t samples, int32_t *product,
                                       size_t stride, size_t height, size_t columns,
                                       int accumulates) {
  size_t steps = (samples + 2) / 3;
  for (size_t column = 0; column < columns;) {
    size_t rest = columns - column;
    int whole = rest > 192;
    const uint8_t *part = lanes + column * steps;
    for (size_t row = 0; row < height;) {
      const uint16_t *line = rows + row * steps;
      int32_t *to = product + row * stride + column;
      if (height - row >= block_rows) {
        if (whole)
          group(part, steps, line, tables, to, stride, block_rows, 4, rest, accumulates);
        else
          group(part, steps, line, tables, to, stride, block_rows, 1, rest, accumulates);
        row += block_rows;
      } else {
        if (whole)
          group(part, steps, line, tables, to, stride, 1, 4, rest, accumulates);
        else
          group(part, steps, line, tables, to, stride, 1, 1, rest, accumulates);
        row += 1;
      }
    }
    column += whole ? 256 : 64;
  }
}

#endif
