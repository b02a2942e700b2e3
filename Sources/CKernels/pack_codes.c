// Codes, row-major bytes, into quads; any machine.
//
// Compiled to plain vector code: interleaving of 16-byte registers (unpack, zip).
#include "CKernels.h"

#include <string.h>

typedef uint8_t bytes16 __attribute__((vector_size(16)));

enum { tile_bytes = 1024 };

static inline bytes16 low_bytes(bytes16 a, bytes16 b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

static inline bytes16 high_bytes(bytes16 a, bytes16 b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                 31);
}

static inline bytes16 low_pairs(bytes16 a, bytes16 b) {
  return __builtin_shufflevector(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

static inline bytes16 high_pairs(bytes16 a, bytes16 b) {
  return __builtin_shufflevector(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30,
                                 31);
}

/// Four rows of 16 codes into 16 quads.
static inline void interleave(const bytes16 rows[4], uint8_t *quads) {
  bytes16 low01 = low_bytes(rows[0], rows[1]), low23 = low_bytes(rows[2], rows[3]);
  bytes16 high01 = high_bytes(rows[0], rows[1]), high23 = high_bytes(rows[2], rows[3]);
  bytes16 out[4] = {low_pairs(low01, low23), high_pairs(low01, low23), low_pairs(high01, high23),
                    high_pairs(high01, high23)};
  memcpy(quads, out, sizeof out);
}

/// The union of the bits of 16 bytes.
static inline uint8_t united(bytes16 bits) {
  uint8_t all = 0;
  for (int i = 0; i < 16; i++) all |= bits[i];
  return all;
}

uint8_t ckernels_pack_quads(const uint8_t *codes, size_t stride, uint8_t *quads, size_t inner,
                            size_t columns, uint8_t offset) {
  size_t blocks = (inner + 63) / 64;
  bytes16 shift = (bytes16){0} + offset, bits = {0};
  for (size_t quad = 0; quad < 16 * blocks; quad++) {
    size_t height = 4 * quad < inner ? inner - 4 * quad : 0;
    for (size_t column = 0; column < columns; column += 16) {
      size_t width = columns - column < 16 ? columns - column : 16;
      bytes16 rows[4] = {0};
      for (size_t row = 0; row < 4 && row < height; row++) {
        const uint8_t *from = codes + (4 * quad + row) * stride + column;
        if (width == 16) {
          memcpy(&rows[row], from, 16);
          rows[row] += shift;
        } else {
          uint8_t line[16] = {0};
          for (size_t i = 0; i < width; i++) line[i] = (uint8_t)(from[i] + offset);
          memcpy(&rows[row], line, 16);
        }
      }
      bits |= rows[0] | rows[1] | rows[2] | rows[3];
      interleave(rows, quads + (column / 16 * blocks + quad / 16) * tile_bytes + quad % 16 * 64);
    }
  }
  return united(bits);
}

void ckernels_unpack_quads(const uint8_t *quads, uint8_t *codes, size_t stride, size_t inner,
                           size_t columns, uint8_t offset) {
  size_t blocks = (inner + 63) / 64;
  for (size_t row = 0; row < inner; row++)
    for (size_t column = 0; column < columns; column += 16) {
      const uint8_t *from = quads + (column / 16 * blocks + row / 64) * tile_bytes +
                            row % 64 / 4 * 64 + row % 4;
      size_t width = columns - column < 16 ? columns - column : 16;
      uint8_t *to = codes + row * stride + column;
      for (size_t i = 0; i < width; i++) to[i] = (uint8_t)(from[4 * i] - offset);
    }
}

void ckernels_pack_quads_of_rows(const uint8_t *codes, size_t stride, uint8_t *quads, size_t rows,
                                 size_t inner, uint8_t offset) {
  size_t blocks = (inner + 63) / 64;
  for (size_t row = 0; row < rows; row++)
    for (size_t block = 0; block < blocks; block++) {
      size_t width = inner - 64 * block < 64 ? inner - 64 * block : 64;
      const uint8_t *from = codes + row * stride + 64 * block;
      uint8_t line[64] = {0};
      for (size_t i = 0; i < width; i++) line[i] = (uint8_t)(from[i] + offset);
      uint8_t *to = quads + (row / 16 * blocks + block) * tile_bytes + row % 16 * 4;
      for (size_t quad = 0; quad < 16; quad++) memcpy(to + 64 * quad, line + 4 * quad, 4);
    }
}

uint8_t ckernels_pack_pairs(const uint8_t *codes, size_t stride, uint8_t *pairs, size_t inner,
                            size_t columns, uint8_t offset) {
  size_t count = (inner + 1) / 2;
  uint8_t bits = 0;
  for (size_t column = 0; column < columns; column += 64) {
    size_t width = columns - column < 64 ? columns - column : 64;
    for (size_t pair = 0; pair < count; pair++) {
      const uint8_t *first = codes + 2 * pair * stride + column;
      int has_second = 2 * pair + 1 < inner;
      uint8_t *to = pairs + (column / 64 * count + pair) * 64;
      for (size_t i = 0; i < width; i++) {
        to[i] = (uint8_t)(first[i] + offset);
        bits |= to[i];
      }
      for (size_t i = 0; has_second && i < width; i++) {
        uint8_t second = (uint8_t)(first[stride + i] + offset);
        bits |= second;
        to[i] |= (uint8_t)(second << 2);
      }
      memset(to + width, 0, 64 - width);
    }
  }
  return bits;
}

void ckernels_code_totals(const uint8_t *codes, size_t stride, size_t rows, size_t columns,
                          uint8_t flip, int64_t *sums, uint8_t range[2]) {
  uint8_t least = 255, most = 0;
  for (size_t row = 0; row < rows; row++) {
    const uint8_t *line = codes + row * stride;
    int64_t total = 0;
    // Stretches whose sums fit 32 bits, and whose passes find them in the first-level cache.
    for (size_t start = 0; start < columns; start += 8192) {
      size_t end = columns - start < 8192 ? columns : start + 8192;
      uint32_t sum = 0;
      for (size_t i = start; i < end; i++) sum += (uint8_t)(line[i] ^ flip);
      for (size_t i = start; i < end; i++) {
        uint8_t code = line[i] ^ flip;
        least = code < least ? code : least;
        most = code > most ? code : most;
      }
      total += sum;
    }
    sums[row] = total;
  }
  range[0] = least;
  range[1] = most;
}
