// Products of signed by unsigned bytes on 256-bit registers, by vpmaddubsw or AVX-VNNI's vpdpbusd.
//
// A block is 4 rows × 16 columns: 8 registers of sums, one of 8 columns each.
//
// vpmaddubsw adds two products in a saturating Int16. Sums stay there for `steps` quads, the number
// that cannot leave it, and then join Int32 totals. Where not even one fits, codes of 8 bits with
// weights of 8, a code is split into its lower 7 bits and its highest.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE AVX2 static inline __attribute__((always_inline))
#define AVX_VNNI __attribute__((target("avx2,avxvnni")))

enum {
  tile_bytes = 1024,
  block_rows = 4,
  /// Blocks of 64 of inner whose weights, 16 KiB for 16 rows, are held at a time.
  depth_blocks = 16,
};

struct operands {
  const int8_t *weights;
  const uint8_t *codes;
  size_t depth, steps;
};

typedef __m256i block_sums[block_rows][2];

AVX2_INLINE __m256i broadcast(const int8_t *weights) {
  int32_t quad;
  memcpy(&quad, weights, sizeof quad);
  return _mm256_set1_epi32(quad);
}

AVX2_INLINE void flush(block_sums totals, block_sums sums) {
  for (int row = 0; row < block_rows; row++)
    for (int v = 0; v < 2; v++) {
      __m256i wide = _mm256_madd_epi16(sums[row][v], _mm256_set1_epi16(1));
      totals[row][v] = _mm256_add_epi32(totals[row][v], wide);
      sums[row][v] = _mm256_setzero_si256();
    }
}

/// Adds the products of one block in Int16 stretches of `o.steps` quads.
AVX2 static void add_block(struct operands o, block_sums totals) {
  block_sums sums;
  for (int row = 0; row < block_rows; row++)
    sums[row][0] = sums[row][1] = _mm256_setzero_si256();
  size_t run = o.steps < 16 ? o.steps : 16, held = 0;
  for (size_t depth = 0; depth < o.depth; depth++) {
    const uint8_t *codes = o.codes + depth * tile_bytes;
    const int8_t *weights = o.weights + depth * tile_bytes;
    for (size_t start = 0; start < 16; start += run) {
      size_t end = start + run < 16 ? start + run : 16;
      if (held + run > o.steps) {
        flush(totals, sums);
        held = 0;
      }
      held += run;
      for (size_t quad = start; quad < end; quad++) {
        __m256i left = _mm256_load_si256((const __m256i *)(codes + 64 * quad));
        __m256i right = _mm256_load_si256((const __m256i *)(codes + 64 * quad + 32));
        for (int row = 0; row < block_rows; row++) {
          __m256i weight = broadcast(weights + 64 * row + 4 * quad);
          sums[row][0] = _mm256_add_epi16(sums[row][0], _mm256_maddubs_epi16(left, weight));
          sums[row][1] = _mm256_add_epi16(sums[row][1], _mm256_maddubs_epi16(right, weight));
        }
      }
    }
  }
  flush(totals, sums);
}

/// Adds the products of one block with the highest bit of the codes apart.
AVX2 static void add_split_block(struct operands o, block_sums totals) {
  const __m256i ones = _mm256_set1_epi16(1), low = _mm256_set1_epi8(127);
  for (size_t depth = 0; depth < o.depth; depth++)
    for (size_t quad = 0; quad < 16; quad++)
      for (int v = 0; v < 2; v++) {
        const uint8_t *codes = o.codes + depth * tile_bytes + 64 * quad + 32 * v;
        __m256i code = _mm256_load_si256((const __m256i *)codes);
        __m256i lower = _mm256_and_si256(code, low), upper = _mm256_andnot_si256(low, code);
        upper = _mm256_and_si256(_mm256_srli_epi16(upper, 7), _mm256_set1_epi8(1));
        for (int row = 0; row < block_rows; row++) {
          __m256i weight = broadcast(o.weights + depth * tile_bytes + 64 * row + 4 * quad);
          __m256i part = _mm256_madd_epi16(_mm256_maddubs_epi16(lower, weight), ones);
          __m256i high = _mm256_madd_epi16(_mm256_maddubs_epi16(upper, weight), ones);
          part = _mm256_add_epi32(part, _mm256_slli_epi32(high, 7));
          totals[row][v] = _mm256_add_epi32(totals[row][v], part);
        }
      }
}

AVX_VNNI static void add_dot_block(struct operands o, block_sums totals) {
  block_sums sums;
  memcpy(sums, totals, sizeof sums);
  for (size_t depth = 0; depth < o.depth; depth++) {
    const uint8_t *codes = o.codes + depth * tile_bytes;
    const int8_t *weights = o.weights + depth * tile_bytes;
    for (size_t quad = 0; quad < 16; quad++) {
      __m256i left = _mm256_load_si256((const __m256i *)(codes + 64 * quad));
      __m256i right = _mm256_load_si256((const __m256i *)(codes + 64 * quad + 32));
      for (int row = 0; row < block_rows; row++) {
        __m256i weight = broadcast(weights + 64 * row + 4 * quad);
        sums[row][0] = _mm256_dpbusd_avx_epi32(sums[row][0], left, weight);
        sums[row][1] = _mm256_dpbusd_avx_epi32(sums[row][1], right, weight);
      }
    }
  }
  memcpy(totals, sums, sizeof sums);
}

/// Writes or adds the totals of a block to at most 4 × 16 elements.
AVX2 static void put(block_sums totals, int accumulates, int32_t *product, size_t stride,
                     size_t rows, size_t columns) {
  for (size_t row = 0; row < rows && row < block_rows; row++) {
    int32_t *line = product + row * stride;
    if (columns >= 16) {
      for (int v = 0; v < 2; v++) {
        __m256i *out = (__m256i *)(line + 8 * v), sum = totals[row][v];
        if (accumulates) sum = _mm256_add_epi32(sum, _mm256_loadu_si256(out));
        _mm256_storeu_si256(out, sum);
      }
      continue;
    }
    int32_t values[16];
    memcpy(values, totals[row], sizeof values);
    for (size_t column = 0; column < columns; column++)
      line[column] = accumulates ? line[column] + values[column] : values[column];
  }
}

/// Expands `count` tiles of ternary fields into bytes.
AVX2 static void expand_fields(const uint8_t *fields, int8_t *tiles, size_t count) {
  const __m256i values = _mm256_setr_epi8(0, 1, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  //
                                          0, 1, 0, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i field = _mm256_set1_epi8(3);
  for (size_t vector = 0; vector < 4 * count; vector++)
    for (int half = 0; half < 2; half++) {
      const uint8_t *from = fields + 64 * vector + 32 * half;
      int8_t *to = tiles + 256 * vector + 32 * half;
      __m256i packed = _mm256_load_si256((const __m256i *)from);
      for (int row = 0; row < 4; row++, packed = _mm256_srli_epi16(packed, 2)) {
        __m256i index = _mm256_and_si256(packed, field);
        _mm256_store_si256((__m256i *)(to + 64 * row), _mm256_shuffle_epi8(values, index));
      }
    }
}

typedef void add_function(struct operands, block_sums);

AVX2_INLINE void multiply(add_function *add, const int8_t *tiles, const uint8_t *fields,
                          const uint8_t *quads, size_t steps, int32_t *product, size_t stride,
                          size_t rows, size_t columns, size_t inner, int accumulates) {
  _Alignas(64) int8_t scratch[depth_blocks * tile_bytes];
  size_t blocks = (inner + 63) / 64;
  for (size_t start = 0; start < blocks; start += depth_blocks) {
    struct operands o = {.steps = steps};
    o.depth = blocks - start < depth_blocks ? blocks - start : depth_blocks;
    for (size_t row = 0; row < rows; row += 16) {
      size_t first = row / 16 * blocks + start;
      if (fields) expand_fields(fields + first * (tile_bytes / 4), scratch, o.depth);
      const int8_t *weights = fields ? scratch : tiles + first * tile_bytes;
      for (size_t column = 0; column < columns; column += 16) {
        o.codes = quads + (column / 16 * blocks + start) * tile_bytes;
        for (size_t part = row; part < row + 16 && part < rows; part += block_rows) {
          o.weights = weights + 64 * (part - row);
          block_sums totals;
          memset(totals, 0, sizeof totals);
          add(o, totals);
          put(totals, accumulates || start > 0, product + part * stride + column, stride,
              rows - part, columns - column);
        }
      }
    }
  }
}

AVX2 void ckernels_bytes_avx2(const int8_t *tiles, const uint8_t *quads, size_t steps,
                              int32_t *product, size_t stride, size_t rows, size_t columns,
                              size_t inner, int accumulates) {
  multiply(steps > 0 ? add_block : add_split_block, tiles, NULL, quads, steps, product, stride,
           rows, columns, inner, accumulates);
}

AVX2 void ckernels_ternary_avx2(const uint8_t *fields, const uint8_t *quads, size_t steps,
                                int32_t *product, size_t stride, size_t rows, size_t columns,
                                size_t inner) {
  multiply(add_block, NULL, fields, quads, steps, product, stride, rows, columns, inner, 0);
}

AVX2 void ckernels_bytes_avxvnni(const int8_t *tiles, const uint8_t *quads, int32_t *product,
                                 size_t stride, size_t rows, size_t columns, size_t inner,
                                 int accumulates) {
  multiply(add_dot_block, tiles, NULL, quads, 0, product, stride, rows, columns, inner,
           accumulates);
}

AVX2 void ckernels_ternary_avxvnni(const uint8_t *fields, const uint8_t *quads, int32_t *product,
                                   size_t stride, size_t rows, size_t columns, size_t inner) {
  multiply(add_dot_block, NULL, fields, quads, 0, product, stride, rows, columns, inner, 0);
}

#endif
