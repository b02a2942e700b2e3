// Packing at memory speed: codes into quads and planes, signs of ternary weights.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define BYTES __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#define PERMUTES __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi")))

enum { tile_bytes = 1024 };

static inline __mmask64 first_lanes(size_t count) {
  return count >= 64 ? ~0ull : (1ull << count) - 1;
}

/// Four rows of 16 codes, one per 128-bit lane, into 16 quads.
BYTES static inline __m512i interleave(__m512i rows) {
  const __m512i gather = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m128i order = _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_shuffle_epi8(_mm512_permutexvar_epi32(gather, rows),
                             _mm512_broadcast_i32x4(order));
}

BYTES static inline __m512i four_rows(const uint8_t *codes, size_t stride) {
  __m512i rows = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)codes));
  rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(codes + stride)), 1);
  rows = _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(codes + 2 * stride)), 2);
  return _mm512_inserti32x4(rows, _mm_loadu_si128((const __m128i *)(codes + 3 * stride)), 3);
}

BYTES static __m512i edge_rows(const uint8_t *codes, size_t stride, size_t rows, size_t columns,
                               uint8_t offset) {
  _Alignas(64) uint8_t lines[4][16] = {{0}};
  for (size_t row = 0; row < rows && row < 4; row++)
    for (size_t column = 0; column < columns && column < 16; column++)
      lines[row][column] = (uint8_t)(codes[row * stride + column] + offset);
  return _mm512_load_si512(lines);
}

/// The union of the bits of 64 bytes.
BYTES static inline uint8_t united(__m512i bits) {
  uint64_t words = (uint64_t)_mm512_reduce_or_epi64(bits);
  words |= words >> 32;
  words |= words >> 16;
  return (uint8_t)(words | words >> 8);
}

BYTES uint8_t ckernels_pack_quads_avx512(const uint8_t *codes, size_t stride, uint8_t *quads,
                                         size_t inner, size_t columns, uint8_t offset) {
  size_t blocks = (inner + 63) / 64;
  __m512i shift = _mm512_set1_epi8((char)offset), bits = _mm512_setzero_si512();
  for (size_t quad = 0; quad < 16 * blocks; quad++) {
    size_t height = 4 * quad < inner ? inner - 4 * quad : 0;
    for (size_t column = 0; column < columns; column += 16) {
      uint8_t *to = quads + (column / 16 * blocks + quad / 16) * tile_bytes + quad % 16 * 64;
      const uint8_t *from = codes + 4 * quad * stride + column;
      __m512i rows = height >= 4 && columns - column >= 16
                         ? _mm512_add_epi8(four_rows(from, stride), shift)
                         : edge_rows(from, stride, height, columns - column, offset);
      bits = _mm512_or_si512(bits, rows);
      _mm512_store_si512(to, interleave(rows));
    }
  }
  return united(bits);
}

/// Transposes 16 × 16 quads in place.
BYTES static inline void transpose_quads(__m512i rows[16]) {
  __m512i a[16], b[16];
  for (int i = 0; i < 16; i += 2) {
    a[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    a[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < 16; i += 4)
    for (int half = 0; half < 2; half++) {
      b[i + 2 * half] = _mm512_unpacklo_epi64(a[i + half], a[i + half + 2]);
      b[i + 2 * half + 1] = _mm512_unpackhi_epi64(a[i + half], a[i + half + 2]);
    }
  // b[4g + j], lane l: column 4l + j of rows 4g … 4g + 3.
  for (int j = 0; j < 4; j++) {
    __m512i low01 = _mm512_shuffle_i32x4(b[j], b[4 + j], 0x44);
    __m512i high01 = _mm512_shuffle_i32x4(b[j], b[4 + j], 0xEE);
    __m512i low23 = _mm512_shuffle_i32x4(b[8 + j], b[12 + j], 0x44);
    __m512i high23 = _mm512_shuffle_i32x4(b[8 + j], b[12 + j], 0xEE);
    rows[j] = _mm512_shuffle_i32x4(low01, low23, 0x88);
    rows[4 + j] = _mm512_shuffle_i32x4(low01, low23, 0xDD);
    rows[8 + j] = _mm512_shuffle_i32x4(high01, high23, 0x88);
    rows[12 + j] = _mm512_shuffle_i32x4(high01, high23, 0xDD);
  }
}

BYTES void ckernels_pack_quads_of_rows_avx512(const uint8_t *codes, size_t stride, uint8_t *quads,
                                              size_t rows, size_t inner, uint8_t offset) {
  size_t blocks = (inner + 63) / 64;
  __m512i shift = _mm512_set1_epi8((char)offset);
  for (size_t row = 0; row < rows; row += 16)
    for (size_t block = 0; block < blocks; block++) {
      __mmask64 lanes = first_lanes(inner - 64 * block);
      __m512i lines[16];
      for (size_t i = 0; i < 16; i++) {
        __mmask64 mask = row + i < rows ? lanes : 0;
        __m512i line = _mm512_maskz_loadu_epi8(mask, codes + (row + i) * stride + 64 * block);
        lines[i] = _mm512_maskz_add_epi8(mask, line, shift);
      }
      transpose_quads(lines);
      uint8_t *to = quads + (row / 16 * blocks + block) * tile_bytes;
      for (int i = 0; i < 16; i++) _mm512_store_si512(to + 64 * i, lines[i]);
    }
}

/// Eight rows of 64 codes into eight registers whose byte 8c + r is a column's code of row r.
///
/// Columns 16l + 2i and 16l + 2i + 1 come into 128-bit lane l of register i.
BYTES static inline void transpose_rows(__m512i rows[8]) {
  __m512i pairs[8], fours[8];
  for (int i = 0; i < 4; i++) {
    pairs[2 * i] = _mm512_unpacklo_epi8(rows[2 * i], rows[2 * i + 1]);
    pairs[2 * i + 1] = _mm512_unpackhi_epi8(rows[2 * i], rows[2 * i + 1]);
  }
  for (int half = 0; half < 2; half++)
    for (int i = 0; i < 2; i++) {
      __m512i upper = pairs[4 * half + i], lower = pairs[4 * half + 2 + i];
      fours[4 * half + 2 * i] = _mm512_unpacklo_epi16(upper, lower);
      fours[4 * half + 2 * i + 1] = _mm512_unpackhi_epi16(upper, lower);
    }
  for (int i = 0; i < 4; i++) {
    rows[2 * i] = _mm512_unpacklo_epi32(fours[i], fours[4 + i]);
    rows[2 * i + 1] = _mm512_unpackhi_epi32(fours[i], fours[4 + i]);
  }
}

/// 64 of inner × 64 columns; gives the union of their bits.
///
/// `masks[plane][i][j]` has rows 8j … 8j + 7 of the columns of register i.
BYTES static __m512i collect_masks(const uint8_t *codes, size_t stride, size_t rows,
                                   __mmask64 columns, __m512i shift, int bits,
                                   uint64_t masks[8][8][8]) {
  __m512i all = _mm512_setzero_si512();
  for (size_t j = 0; j < 8; j++) {
    __m512i lines[8];
    for (size_t row = 0; row < 8; row++) {
      __mmask64 mask = 8 * j + row < rows ? columns : 0;
      __m512i line = _mm512_maskz_loadu_epi8(mask, codes + (8 * j + row) * stride);
      lines[row] = _mm512_maskz_add_epi8(mask, line, shift);
      all = _mm512_or_si512(all, lines[row]);
    }
    transpose_rows(lines);
    for (int plane = 0; plane < bits; plane++) {
      __m512i bit = _mm512_set1_epi8((char)(1 << plane));
      for (int i = 0; i < 8; i++)
        masks[plane][i][j] = _cvtmask64_u64(_mm512_test_epi8_mask(lines[i], bit));
    }
  }
  return all;
}

PERMUTES uint8_t ckernels_pack_planes_avx512(const uint8_t *codes, size_t stride,
                                             uint64_t *planes, int bits, size_t inner,
                                             size_t columns, uint8_t offset) {
  size_t words = (inner + 63) / 64, groups = (columns + 7) / 8, step = 8 * (size_t)bits;
  _Alignas(64) uint8_t order[64];
  for (int byte = 0; byte < 64; byte++) order[byte] = (uint8_t)(byte % 8 * 8 + byte / 8);
  __m512i transpose = _mm512_load_si512(order), all = _mm512_setzero_si512();
  _Alignas(64) uint64_t masks[8][8][8];
  for (size_t left = 0; left < columns; left += 64)
    for (size_t word = 0; word < words; word++) {
      size_t rows = inner - 64 * word < 64 ? inner - 64 * word : 64;
      all = _mm512_or_si512(
          all, collect_masks(codes + 64 * word * stride + left, stride, rows,
                             first_lanes(columns - left), _mm512_set1_epi8((char)offset), bits,
                             masks));
      for (int plane = 0; plane < bits; plane++)
        for (size_t i = 0; i < 8; i++) {
          __m512i columns_of = _mm512_permutexvar_epi8(
              transpose, _mm512_load_si512(masks[plane][i]));
          _Alignas(64) uint64_t lanes[8];
          _mm512_store_si512(lanes, columns_of);
          for (size_t l = 0; l < 4; l++) {
            size_t group = left / 8 + 2 * l + i / 4;
            if (group >= groups) continue;
            uint64_t *to = planes + (group * words + word) * step + 8 * (size_t)plane + i % 4 * 2;
            memcpy(to, lanes + 2 * l, 16);
          }
        }
    }
  return united(all);
}

PERMUTES void ckernels_pack_signs_avx512(const int8_t *weights, uint64_t *signs,
                                         int32_t *negatives, size_t rows, size_t inner) {
  size_t words = (inner + 63) / 64;
  for (size_t row = 0; row < rows; row++) {
    uint64_t *nonzero = signs + 2 * row * words, *negative = nonzero + words;
    int32_t count = 0;
    for (size_t word = 0; word < words; word++) {
      __mmask64 lanes = first_lanes(inner - 64 * word);
      __m512i line = _mm512_maskz_loadu_epi8(lanes, weights + row * inner + 64 * word);
      nonzero[word] = _cvtmask64_u64(_mm512_test_epi8_mask(line, line));
      negative[word] = _cvtmask64_u64(_mm512_movepi8_mask(line));
      count += __builtin_popcountll(negative[word]);
    }
    negatives[row] = count;
  }
}

#endif
