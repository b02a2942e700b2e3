// Weights, row-major bytes, into tiles, fields, signs and trits; any machine.
#include "CKernels.h"

#include <string.h>

enum { tile_bytes = 1024 };

static inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

uint8_t ckernels_weight_sums(const int8_t *weights, int32_t *sums, size_t rows, size_t inner) {
  uint8_t bits = 0;
  for (size_t row = 0; row < rows; row++) {
    const int8_t *line = weights + row * inner;
    int32_t sum = 0;
    for (size_t i = 0; i < inner; i++) sum += line[i];
    for (size_t i = 0; i < inner; i++) {
      uint8_t sign = (uint8_t)(line[i] < 0 ? 255 : 0);
      bits |= (uint8_t)(((uint8_t)line[i] ^ sign) - sign);
    }
    sums[row] = sum;
  }
  return bits;
}

void ckernels_pack_tiles(const uint8_t *codes, size_t stride, int8_t *tiles, size_t rows,
                         size_t inner, uint8_t offset) {
  size_t blocks = (inner + 63) / 64;
  for (size_t row = 0; row < rows; row++)
    for (size_t block = 0; block < blocks; block++) {
      const uint8_t *from = codes + row * stride + 64 * block;
      uint8_t *to = (uint8_t *)tiles + (row / 16 * blocks + block) * tile_bytes + row % 16 * 64;
      size_t width = inner - 64 * block;
      if (width >= 64) {
        for (size_t i = 0; i < 64; i++) to[i] = (uint8_t)(from[i] + offset);
        continue;
      }
      for (size_t i = 0; i < width; i++) to[i] = (uint8_t)(from[i] + offset);
      memset(to + width, 0, 64 - width);
    }
}

void ckernels_pack_fields(const int8_t *weights, uint8_t *fields, size_t rows, size_t inner) {
  size_t blocks = (inner + 63) / 64;
  for (size_t first = 0; first < rows; first += 4)
    for (size_t block = 0; block < blocks; block++) {
      size_t width = least(inner - 64 * block, 64);
      uint8_t lines[4][64] = {{0}};
      for (size_t row = 0; row < 4 && first + row < rows; row++)
        memcpy(lines[row], weights + (first + row) * inner + 64 * block, width);
      uint8_t *to = fields + (first / 16 * blocks + block) * (tile_bytes / 4) + first % 16 * 16;
      for (size_t i = 0; i < 64; i++)
        to[i] = (uint8_t)((lines[0][i] & 3) | (lines[1][i] & 3) << 2 | (lines[2][i] & 3) << 4 |
                          (lines[3][i] & 3) << 6);
    }
}

void ckernels_pack_signs(const int8_t *weights, uint64_t *signs, int32_t *negatives, size_t rows,
                         size_t inner) {
  size_t words = (inner + 63) / 64;
  for (size_t row = 0; row < rows; row++) {
    uint64_t *nonzero = signs + 2 * row * words, *negative = nonzero + words;
    negatives[row] = 0;
    for (size_t word = 0; word < words; word++) {
      const int8_t *from = weights + row * inner + 64 * word;
      uint64_t set = 0, minus = 0;
      for (size_t i = 0; i < least(inner - 64 * word, 64); i++) {
        set |= (uint64_t)(from[i] != 0) << i;
        minus |= (uint64_t)(from[i] < 0) << i;
        negatives[row] += from[i] < 0;
      }
      nonzero[word] = set;
      negative[word] = minus;
    }
  }
}

void ckernels_pack_trits(const int8_t *weights, uint8_t *trits, int32_t *negatives, size_t rows,
                         size_t inner) {
  static const uint8_t places[4] = {1, 3, 9, 27};
  size_t bytes = (inner + 3) / 4;
  for (size_t row = 0; row < rows; row++) {
    uint8_t *to = trits + row / 64 * bytes * 64 + row % 64;
    negatives[row] = 0;
    for (size_t i = 0; i < inner; i++) {
      int8_t weight = weights[row * inner + i];
      to[i / 4 * 64] += (uint8_t)(places[i % 4] * (weight < 0 ? 2 : weight));
      negatives[row] += weight < 0;
    }
  }
}

void ckernels_pack_weight_pairs(const int8_t *weights, uint8_t *pairs, int32_t *negatives,
                                size_t rows, size_t inner) {
  size_t count = (inner + 1) / 2;
  for (size_t row = 0; row < rows; row++) {
    const int8_t *from = weights + row * inner;
    uint8_t *to = pairs + row * count;
    int32_t negative = 0;
    for (size_t i = 0; i < inner; i++) negative += from[i] < 0;
    for (size_t pair = 0; pair < inner / 2; pair++) {
      // 0, 1, −1 are 0, 1, 3 in two bits; the digit of −1 is 2.
      uint8_t low = from[2 * pair] & 3, high = from[2 * pair + 1] & 3;
      to[pair] = (uint8_t)(16 * (low - (low >> 1)) + 48 * (high - (high >> 1)));
    }
    if (inner % 2) {
      uint8_t low = from[inner - 1] & 3;
      to[count - 1] = (uint8_t)(16 * (low - (low >> 1)));
    }
    negatives[row] = negative;
  }
}
