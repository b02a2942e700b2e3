// Products of signed by unsigned bytes by vpdpbusd on 512-bit registers.
//
// A block is 8 rows × 48 columns: 24 registers of sums, one of 16 columns each. A weight's quad of
// inner is broadcast, a quad of codes of 16 columns is one register.
#include "CKernels.h"

#if defined(__x86_64__)
#include "expand_avx512.h"
#include <immintrin.h>

#define DOT __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,gfni")))
#define DOT_INLINE DOT static inline __attribute__((always_inline))

enum {
  tile_bytes = 1024,
  block_rows = 8,
  /// Blocks of 64 of inner whose weights, 16 KiB for 16 rows, are held at a time.
  depth_blocks = 16,
};

struct operands {
  const int8_t *weights;
  const uint8_t *codes;
  int32_t *product;
  size_t stride, column_bytes, depth;
};

/// Adds up `block_rows` rows × `vectors` registers of columns, the last of them under `mask`.
DOT_INLINE void block(struct operands o, int accumulates, size_t rows, int vectors,
                       __mmask16 mask) {
  __m512i sums[block_rows][3];
  for (int row = 0; row < block_rows; row++)
    for (int v = 0; v < vectors; v++) {
      __mmask16 lanes = v == vectors - 1 ? mask : 0xFFFF;
      sums[row][v] = accumulates && (size_t)row < rows
                         ? _mm512_maskz_loadu_epi32(lanes, o.product + row * o.stride + 16 * v)
                         : _mm512_setzero_si512();
    }
  for (size_t depth = 0; depth < o.depth; depth++) {
    for (int quad = 0; quad < 16; quad++) {
      __m512i codes[3];
      for (int v = 0; v < vectors; v++)
        codes[v] = _mm512_load_si512(o.codes + v * o.column_bytes + depth * tile_bytes + 64 * quad);
#pragma clang loop unroll(full)
      for (int row = 0; row < block_rows; row++) {
        const int8_t *weight = o.weights + depth * tile_bytes + 64 * row + 4 * quad;
        __m512i quads = _mm512_set1_epi32(*(const int32_t *)weight);
        // One load for all columns: folded into each dot product it would be one per register.
        __asm__("" : "+v"(quads));
        for (int v = 0; v < vectors; v++)
          sums[row][v] = _mm512_dpbusd_epi32(sums[row][v], codes[v], quads);
      }
    }
  }
  for (int row = 0; row < block_rows; row++)
    for (int v = 0; v < vectors && (size_t)row < rows; v++)
      _mm512_mask_storeu_epi32(o.product + row * o.stride + 16 * v,
                               v == vectors - 1 ? mask : 0xFFFF, sums[row][v]);
}

/// At most 16 rows times all columns over a stretch of inner.
DOT static void row_block(struct operands o, int accumulates, size_t rows, size_t columns) {
  for (size_t column = 0; column < columns; column += 48) {
    size_t width = columns - column < 48 ? columns - column : 48;
    __mmask16 mask = (__mmask16)(0xFFFF >> (15 - (width - 1) % 16));
    for (size_t row = 0; row < rows; row += block_rows) {
      struct operands part = o;
      part.weights += 64 * row;
      part.codes += column / 16 * o.column_bytes;
      part.product += row * o.stride + column;
      if (width > 32)
        block(part, accumulates, rows - row, 3, mask);
      else if (width > 16)
        block(part, accumulates, rows - row, 2, mask);
      else
        block(part, accumulates, rows - row, 1, mask);
    }
  }
}

DOT_INLINE void multiply(const int8_t *tiles, const uint8_t *fields, const uint8_t *quads,
                          int32_t *product, size_t stride, size_t rows, size_t columns,
                          size_t inner, int accumulates) {
  _Alignas(64) int8_t scratch[depth_blocks * tile_bytes];
  size_t blocks = (inner + 63) / 64;
  struct operands o = {.stride = stride, .column_bytes = blocks * tile_bytes};
  for (size_t start = 0; start < blocks; start += depth_blocks) {
    o.depth = blocks - start < depth_blocks ? blocks - start : depth_blocks;
    o.codes = quads + start * tile_bytes;
    for (size_t row = 0; row < rows; row += 16) {
      size_t first = row / 16 * blocks + start;
      if (fields) expand_fields(fields + first * (tile_bytes / 4), scratch, o.depth);
      o.weights = fields ? scratch : tiles + first * tile_bytes;
      o.product = product + row * stride;
      row_block(o, accumulates || start > 0, rows - row < 16 ? rows - row : 16, columns);
    }
  }
}

DOT void ckernels_bytes_avx512(const int8_t *tiles, const uint8_t *quads, int32_t *product,
                                size_t stride, size_t rows, size_t columns, size_t inner,
                               int accumulates) {
  multiply(tiles, NULL, quads, product, stride, rows, columns, inner, accumulates);
}

DOT void ckernels_ternary_avx512(const uint8_t *fields, const uint8_t *quads, int32_t *product,
                                  size_t stride, size_t rows, size_t columns, size_t inner) {
  multiply(NULL, fields, quads, product, stride, rows, columns, inner, 0);
}

#endif
