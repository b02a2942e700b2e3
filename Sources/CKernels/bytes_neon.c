// Products of signed bytes by codes on ARM, by the dot product of four bytes.
//
// A block is 4 rows × 16 columns: 16 registers of sums, one of 4 columns each. The instruction
// takes signed bytes: codes of 8 bits enter as c − 128, and 128 times the sum of the weights comes back.
#include "CKernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#define DOT __attribute__((target("dotprod")))
#define DOT_INLINE DOT static inline __attribute__((always_inline))

enum {
  tile_bytes = 1024,
  block_rows = 4,
  /// Blocks of 64 of inner whose weights, 16 KiB for 16 rows, are held at a time.
  depth_blocks = 16,
};

struct operands {
  const int8_t *weights;
  const uint8_t *codes;
  size_t depth;
};

typedef int32x4_t block_sums[block_rows][4];

/// Adds the products of one quad of inner, the `lane` of the weights.
#define ADD_QUAD(lane)                                                                           \
  do {                                                                                           \
    int8x16_t code[4];                                                                           \
    for (int v = 0; v < 4; v++) {                                                                \
      uint8x16_t bytes = vld1q_u8(codes + 64 * (lane) + 16 * v);                                 \
      code[v] = vreinterpretq_s8_u8(is_wide ? veorq_u8(bytes, vdupq_n_u8(128)) : bytes);         \
    }                                                                                            \
    for (int row = 0; row < block_rows; row++)                                                   \
      for (int v = 0; v < 4; v++)                                                                \
        sums[row][v] = vdotq_laneq_s32(sums[row][v], code[v], weights[row], lane);               \
  } while (0)

DOT_INLINE void add_block(struct operands o, int is_wide, block_sums totals) {
  block_sums sums;
  int32x4_t shifts[block_rows];
  for (int row = 0; row < block_rows; row++) {
    shifts[row] = vdupq_n_s32(0);
    for (int v = 0; v < 4; v++) sums[row][v] = vdupq_n_s32(0);
  }
  for (size_t depth = 0; depth < o.depth; depth++)
    for (int part = 0; part < 4; part++) {
      const uint8_t *codes = o.codes + depth * tile_bytes + 256 * part;
      int8x16_t weights[block_rows];
      for (int row = 0; row < block_rows; row++) {
        weights[row] = vld1q_s8(o.weights + depth * tile_bytes + 64 * row + 16 * part);
        if (is_wide) shifts[row] = vdotq_s32(shifts[row], weights[row], vdupq_n_s8(1));
      }
      ADD_QUAD(0);
      ADD_QUAD(1);
      ADD_QUAD(2);
      ADD_QUAD(3);
    }
  for (int row = 0; row < block_rows; row++) {
    int32x4_t shift = vdupq_n_s32(is_wide ? 128 * vaddvq_s32(shifts[row]) : 0);
    for (int v = 0; v < 4; v++) totals[row][v] = vaddq_s32(sums[row][v], shift);
  }
}

/// Writes or adds the totals of a block to at most 4 × 16 elements.
static void put(block_sums totals, int accumulates, int32_t *product, size_t stride, size_t rows,
                size_t columns) {
  for (size_t row = 0; row < rows && row < block_rows; row++) {
    int32_t values[16];
    for (int v = 0; v < 4; v++) vst1q_s32(values + 4 * v, totals[row][v]);
    int32_t *line = product + row * stride;
    for (size_t column = 0; column < columns && column < 16; column++)
      line[column] = accumulates ? line[column] + values[column] : values[column];
  }
}

/// Expands `count` tiles of ternary fields into bytes.
static void expand_fields(const uint8_t *fields, int8_t *tiles, size_t count) {
  const int8x16_t values = {0, 1, 0, -1};
  for (size_t vector = 0; vector < 4 * count; vector++)
    for (int part = 0; part < 4; part++) {
      uint8x16_t packed = vld1q_u8(fields + 64 * vector + 16 * part);
      int8_t *to = tiles + 256 * vector + 16 * part;
      for (int row = 0; row < 4; row++, packed = vshrq_n_u8(packed, 2))
        vst1q_s8(to + 64 * row, vqtbl1q_s8(values, vandq_u8(packed, vdupq_n_u8(3))));
    }
}

DOT_INLINE void multiply(const int8_t *tiles, const uint8_t *fields, const uint8_t *quads,
                         int is_wide, int32_t *product, size_t stride, size_t rows,
                         size_t columns, size_t inner, int accumulates) {
  _Alignas(64) int8_t scratch[depth_blocks * tile_bytes];
  size_t blocks = (inner + 63) / 64;
  for (size_t start = 0; start < blocks; start += depth_blocks) {
    struct operands o = {.depth = blocks - start < depth_blocks ? blocks - start : depth_blocks};
    for (size_t row = 0; row < rows; row += 16) {
      size_t first = row / 16 * blocks + start;
      if (fields) expand_fields(fields + first * (tile_bytes / 4), scratch, o.depth);
      const int8_t *weights = fields ? scratch : tiles + first * tile_bytes;
      for (size_t column = 0; column < columns; column += 16) {
        o.codes = quads + (column / 16 * blocks + start) * tile_bytes;
        for (size_t part = row; part < row + 16 && part < rows; part += block_rows) {
          o.weights = weights + 64 * (part - row);
          block_sums totals;
          add_block(o, is_wide, totals);
          put(totals, accumulates || start > 0, product + part * stride + column, stride,
              rows - part, columns - column);
        }
      }
    }
  }
}

DOT void ckernels_bytes_neon(const int8_t *tiles, const uint8_t *quads, int is_wide,
                             int32_t *product, size_t stride, size_t rows, size_t columns,
                             size_t inner, int accumulates) {
  if (is_wide)
    multiply(tiles, NULL, quads, 1, product, stride, rows, columns, inner, accumulates);
  else
    multiply(tiles, NULL, quads, 0, product, stride, rows, columns, inner, accumulates);
}

DOT void ckernels_ternary_neon(const uint8_t *fields, const uint8_t *quads, int is_wide,
                               int32_t *product, size_t stride, size_t rows, size_t columns,
                               size_t inner) {
  if (is_wide)
    multiply(NULL, fields, quads, 1, product, stride, rows, columns, inner, 0);
  else
    multiply(NULL, fields, quads, 0, product, stride, rows, columns, inner, 0);
}

#endif
