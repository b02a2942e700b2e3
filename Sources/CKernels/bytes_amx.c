// Products of signed by unsigned bytes on AMX tiles.
//
//   for each block of columns whose codes stay in the second-level cache
//     for each 32 rows
//       for each 32 columns: a 2 × 2 block of tiles, 16 × 16 sums each
//
// Weights in two bits are expanded once per 32 rows and block of columns, 2304 of inner at a time.
//
// At an edge the tiles are configured smaller, so that nothing beyond the product is touched.
#include "CKernels.h"

#if defined(__x86_64__)
#include "expand_avx512.h"
#include <immintrin.h>

#define AMX __attribute__((target("amx-tile,amx-int8,avx512f,avx512bw,gfni")))
#define AMX_INLINE AMX static inline __attribute__((always_inline))

enum {
  tile_bytes = 1024,
  /// Blocks of 64 of inner that are expanded at a time.
  depth_blocks = 36,
  /// Codes that are read again for each 32 rows.
  resident_bytes = 1 << 19,
};

struct tile_configuration {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

struct operands {
  const int8_t *upper, *lower;
  const uint8_t *left, *right;
  int32_t *product;
  size_t stride, depth;
};

/// Sets the shapes of tiles 0–3 (sums), 4–5 (weights), 6–7 (codes) for a block.
AMX static void configure(size_t rows, size_t columns) {
  struct tile_configuration configuration = {.palette = 1};
  for (int tile = 0; tile < 8; tile++) {
    int lower = tile < 4 ? tile >> 1 : tile & 1, right = tile & 1;
    size_t height = lower ? (rows > 16 ? rows - 16 : 1) : (rows > 16 ? 16 : rows);
    size_t width = right ? (columns > 16 ? columns - 16 : 1) : (columns > 16 ? 16 : columns);
    configuration.rows[tile] = tile < 6 ? (uint8_t)height : 16;
    configuration.row_bytes[tile] = tile == 4 || tile == 5 ? 64 : (uint16_t)(4 * width);
  }
  _tile_loadconfig(&configuration);
}

/// Adds up one block of at most 2 × 2 tiles over `depth` blocks of inner.
AMX_INLINE void block(struct operands o, int accumulates, int two_rows, int two_columns) {
  int32_t *below = o.product + 16 * o.stride;
  size_t step = o.stride * sizeof(int32_t);
  if (accumulates) {
    _tile_loadd(0, o.product, step);
    if (two_columns) _tile_loadd(1, o.product + 16, step);
    if (two_rows) _tile_loadd(2, below, step);
    if (two_rows && two_columns) _tile_loadd(3, below + 16, step);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (size_t depth = 0; depth < o.depth; depth++) {
    size_t offset = depth * tile_bytes;
    _tile_loadd(4, o.upper + offset, 64);
    _tile_loadd(6, o.left + offset, 64);
    _tile_dpbsud(0, 4, 6);
    if (two_rows) {
      _tile_loadd(5, o.lower + offset, 64);
      _tile_dpbsud(2, 5, 6);
    }
    if (two_columns) {
      _tile_loadd(7, o.right + offset, 64);
      _tile_dpbsud(1, 4, 7);
      if (two_rows) _tile_dpbsud(3, 5, 7);
    }
  }
  _tile_stored(0, o.product, step);
  if (two_columns) _tile_stored(1, o.product + 16, step);
  if (two_rows) _tile_stored(2, below, step);
  if (two_rows && two_columns) _tile_stored(3, below + 16, step);
}

AMX static void edge_block(struct operands o, int accumulates, size_t rows, size_t columns) {
  configure(rows, columns);
  if (rows > 16 && columns > 16)
    block(o, accumulates, 1, 1);
  else if (rows > 16)
    block(o, accumulates, 1, 0);
  else if (columns > 16)
    block(o, accumulates, 0, 1);
  else
    block(o, accumulates, 0, 0);
}

/// At most 32 rows times the columns [from, to) over a stretch of inner.
AMX static void row_block(struct operands o, const uint8_t *codes, size_t column_bytes,
                          int accumulates, size_t rows, size_t from, size_t to) {
  int32_t *product = o.product;
  size_t whole = rows == 32 ? (to - from) / 32 * 32 : 0;
  if (whole > 0) configure(32, 32);
  for (size_t column = from; column < to; column += 32) {
    size_t width = to - column < 32 ? to - column : 32;
    o.left = codes + column / 16 * column_bytes;
    o.right = width > 16 ? o.left + column_bytes : o.left;
    o.product = product + column;
    if (column - from < whole)
      block(o, accumulates, 1, 1);
    else
      edge_block(o, accumulates, rows, width);
  }
}

/// Where the weights come from: `tiles` as they are, `fields` expanded into `scratch`.
struct source {
  const int8_t *tiles;
  const uint8_t *fields;
};

AMX static struct operands held_weights(struct source source, int8_t *scratch, size_t row,
                                        size_t rows, size_t blocks, size_t start, size_t depth) {
  size_t first = row / 16 * blocks + start, second = rows > 16 ? first + blocks : first;
  struct operands o = {.depth = depth};
  if (source.tiles) {
    o.upper = source.tiles + first * tile_bytes;
    o.lower = source.tiles + second * tile_bytes;
    return o;
  }
  o.upper = scratch;
  o.lower = scratch + depth_blocks * tile_bytes;
  expand_fields(source.fields + first * (tile_bytes / 4), scratch, depth);
  if (rows > 16)
    expand_fields(source.fields + second * (tile_bytes / 4),
                  scratch + depth_blocks * tile_bytes, depth);
  return o;
}

AMX_INLINE void multiply(struct source source, const uint8_t *quads, int32_t *product,
                         size_t stride, size_t rows, size_t columns, size_t inner,
                         int accumulates) {
  _Alignas(64) int8_t scratch[2 * depth_blocks * tile_bytes];
  size_t blocks = (inner + 63) / 64, column_bytes = blocks * tile_bytes;
  size_t span = resident_bytes / (2 * column_bytes) * 32;
  size_t limit = source.tiles ? blocks : depth_blocks;
  if (span < 128) span = 128;
  for (size_t from = 0; from < columns; from += span) {
    size_t to = columns - from < span ? columns : from + span;
    for (size_t row = 0; row < rows; row += 32) {
      size_t height = rows - row < 32 ? rows - row : 32;
      for (size_t start = 0; start < blocks; start += limit) {
        size_t depth = blocks - start < limit ? blocks - start : limit;
        struct operands o = held_weights(source, scratch, row, height, blocks, start, depth);
        o.product = product + row * stride;
        o.stride = stride;
        row_block(o, quads + start * tile_bytes, column_bytes, accumulates || start > 0, height,
                  from, to);
      }
    }
  }
  _tile_release();
}

AMX void ckernels_bytes_amx(const int8_t *tiles, const uint8_t *quads, int32_t *product,
                            size_t stride, size_t rows, size_t columns, size_t inner,
                            int accumulates) {
  multiply((struct source){.tiles = tiles}, quads, product, stride, rows, columns, inner,
           accumulates);
}

AMX void ckernels_ternary_amx(const uint8_t *fields, const uint8_t *quads, int32_t *product,
                              size_t stride, size_t rows, size_t columns, size_t inner) {
  multiply((struct source){.fields = fields}, quads, product, stride, rows, columns, inner, 0);
}

#endif
