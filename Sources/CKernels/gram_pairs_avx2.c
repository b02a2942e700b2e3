// The Gram matrix of 2-bit codes by table lookups (vpshufb).
//
// A byte holds the codes of one input in two samples. For each such byte of a row i, a table of 16
// bytes has for each byte of another input j
//
//   Σ ((xᵢ − 1)(xⱼ − 1) + 2)  over the two samples, 0 to 12
//
// so one shuffle and one addition give 32 inputs two products each; 21 of them fit a byte. The caller
// takes the shifts back. The two samples are far apart, (s, s + steps), so that packing needs no
// strided access.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE AVX2 static inline __attribute__((always_inline))

enum {
  block_rows = 4,
  block_columns = 64,
  /// 21 · 12 ≤ 255.
  byte_steps = 21,
  /// Steps whose bytes, 26 KiB for 64 inputs, are held at a time.
  held_steps = 20 * byte_steps,
};

#define TRANSPOSE_INLINE AVX2_INLINE
#include "transpose_body.h"

AVX2 void ckernels_pack_twos_avx2(const uint8_t *codes, size_t stride, size_t inputs,
                                  size_t samples, uint8_t *lanes, uint8_t *rows) {
  size_t steps = (samples + 1) / 2;
  uint8_t square[64 * 64] __attribute__((aligned(64)));
  uint8_t turned[64 * 64] __attribute__((aligned(64)));
  for (size_t block = 0; block < inputs; block += 64) {
    size_t height = inputs - block < 64 ? inputs - block : 64;
    memset(square, 0, sizeof square);
    for (size_t first = 0; first < steps; first += 64) {
      size_t width = steps - first < 64 ? steps - first : 64;
      // The last step of an odd number has one sample.
      size_t both = first + width == steps ? width - samples % 2 : width;
      for (size_t i = 0; i < height; i++) {
        const uint8_t *line = codes + (block + i) * stride + first;
        uint8_t *to = square + 64 * i;
        for (size_t s = 0; s < both; s++) to[s] = (uint8_t)(line[s] | line[steps + s] << 2);
        if (both < width) to[both] = line[both];
        uint8_t *row = rows + (block + i) * steps + first;
        for (size_t s = 0; s < width; s++) row[s] = (uint8_t)(to[s] << 4);
      }
      for (int i = 0; i < 64; i += 16)
        for (int s = 0; s < 64; s += 16) transpose16(square + 64 * i + s, turned + 64 * s + i);
      memcpy(lanes + (block * steps + first * 64), turned, width * 64);
    }
  }
}

/// Sums of 16 bits: of even and of odd inputs of each 32.
typedef __m256i wide_sums[block_rows][2][2];

AVX2_INLINE void look_up(const uint8_t *lanes, const uint8_t *rows, size_t apart,
                         const uint8_t *tables, size_t count, wide_sums wide) {
  __m256i sums[block_rows][2];
#pragma clang loop unroll(full)
  for (int r = 0; r < block_rows; r++) sums[r][0] = sums[r][1] = _mm256_setzero_si256();
  for (size_t s = 0; s < count; s++) {
    __m256i left = _mm256_load_si256((const __m256i *)(lanes + 64 * s));
    __m256i right = _mm256_load_si256((const __m256i *)(lanes + 64 * s + 32));
#pragma clang loop unroll(full)
    for (int r = 0; r < block_rows; r++) {
      const uint8_t *place = tables + rows[r * apart + s];
      __m256i table = _mm256_broadcastsi128_si256(_mm_load_si128((const __m128i *)place));
      sums[r][0] = _mm256_add_epi8(sums[r][0], _mm256_shuffle_epi8(table, left));
      sums[r][1] = _mm256_add_epi8(sums[r][1], _mm256_shuffle_epi8(table, right));
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < block_rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < 2; v++) {
      __m256i even = _mm256_and_si256(sums[r][v], _mm256_set1_epi16(255));
      wide[r][v][0] = _mm256_add_epi16(wide[r][v][0], even);
      wide[r][v][1] = _mm256_add_epi16(wide[r][v][1], _mm256_srli_epi16(sums[r][v], 8));
    }
}

/// Adds the sums of 32 inputs to at most as many elements of a row, or writes them.
AVX2_INLINE void put(__m256i even, __m256i odd, int32_t *line, size_t columns, int accumulates) {
  __m256i low = _mm256_unpacklo_epi16(even, odd), high = _mm256_unpackhi_epi16(even, odd);
  __m128i parts[4] = {_mm256_castsi256_si128(low), _mm256_castsi256_si128(high),
                      _mm256_extracti128_si256(low, 1), _mm256_extracti128_si256(high, 1)};
  int32_t edge[32] __attribute__((aligned(32)));
  int32_t *to = columns < 32 ? edge : line;
  if (to == edge && accumulates) memcpy(edge, line, columns * sizeof(int32_t));
  for (int part = 0; part < 4; part++) {
    __m256i *out = (__m256i *)(to + 8 * part), sum = _mm256_cvtepu16_epi32(parts[part]);
    if (accumulates) sum = _mm256_add_epi32(sum, _mm256_loadu_si256(out));
    _mm256_storeu_si256(out, sum);
  }
  if (to == edge) memcpy(line, edge, columns * sizeof(int32_t));
}

AVX2 void ckernels_gram_twos_avx2(const uint8_t *lanes, const uint8_t *rows, const uint8_t *tables,
                                  size_t samples, int32_t *product, size_t stride, size_t height,
                                  size_t columns, int accumulates) {
  size_t steps = (samples + 1) / 2;
  for (size_t start = 0; start < steps; start += held_steps) {
    size_t end = steps - start < held_steps ? steps : start + held_steps;
    for (size_t column = 0; column < columns; column += block_columns)
      for (size_t row = 0; row < height;) {
        // The last rows are taken one by one, four times each.
        size_t count = height - row < block_rows ? 1 : block_rows;
        wide_sums wide;
        memset(wide, 0, sizeof wide);
        for (size_t s = start; s < end; s += byte_steps)
          look_up(lanes + column * steps + 64 * s, rows + row * steps + s, count == 1 ? 0 : steps,
                  tables, end - s < byte_steps ? end - s : byte_steps, wide);
        for (size_t r = 0; r < count; r++) {
          int32_t *to = product + (row + r) * stride + column;
          for (size_t v = 0; v < 2 && column + 32 * v < columns; v++)
            put(wide[r][v][0], wide[r][v][1], to + 32 * v, columns - column - 32 * v,
                accumulates || start > 0);
        }
        row += count;
      }
  }
}

#endif
