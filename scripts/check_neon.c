// Checks the portable packing and the ARM kernels of CKernels against plain loops; see check-neon.
#include "CKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 1;

/// SplitMix64, reduced to 0 … count − 1.
static int below(int count) {
  uint64_t word = state += 0x9E3779B97F4A7C15u;
  word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9u;
  word = (word ^ (word >> 27)) * 0x94D049BB133111EBu;
  return (int)((word ^ (word >> 31)) % (uint64_t)count);
}

/// Filled with a pattern, so that what a function forgets to write shows.
static void *bytes(size_t count) {
  size_t size = (count + 127) / 64 * 64;
  void *memory = aligned_alloc(64, size);
  memset(memory, 0xA5, size);
  return memory;
}

static size_t up(size_t value, size_t step) { return (value + step - 1) / step * step; }

static int failures = 0;

static void compare(const char *name, const int32_t *found, const int32_t *expected, size_t rows,
                    size_t columns, size_t inner, int bits, int magnitude) {
  if (memcmp(found, expected, rows * columns * sizeof *found) == 0) return;
  failures++;
  printf("%s differs: %zu x %zu x %zu, %d-bit codes, weights to %d\n", name, rows, inner, columns,
         bits, magnitude);
}

struct arrays {
  size_t rows, inner, columns;
  int bits, magnitude;
  int8_t *weights;
  uint8_t *codes;
  int32_t *expected, *product;
};

static void check_products(struct arrays *a) {
  size_t tiles_size = up(a->rows, 16) * up(a->inner, 64);
  int8_t *tiles = bytes(tiles_size);
  uint8_t *fields = bytes(tiles_size / 4), *quads = bytes(up(a->columns, 16) * up(a->inner, 64));
  memset(tiles, 0, tiles_size);
  memset(fields, 0, tiles_size / 4);
  size_t count = a->rows * a->columns * sizeof(int32_t);
  int is_wide = a->bits == 8;
  ckernels_pack_quads(a->codes, a->columns, quads, a->inner, a->columns, 0);
  ckernels_pack_tiles((uint8_t *)a->weights, a->inner, tiles, a->rows, a->inner, 0);
  memset(a->product, 0x55, count);
  ckernels_bytes_neon(tiles, quads, is_wide, a->product, a->columns, a->rows, a->columns,
                      a->inner, 0);
  compare("bytes", a->product, a->expected, a->rows, a->columns, a->inner, a->bits, a->magnitude);
  if (a->magnitude == 1) {
    ckernels_pack_fields(a->weights, fields, a->rows, a->inner);
    memset(a->product, 0x55, count);
    ckernels_ternary_neon(fields, quads, is_wide, a->product, a->columns, a->rows, a->columns,
                          a->inner);
    compare("ternary", a->product, a->expected, a->rows, a->columns, a->inner, a->bits, 1);
  }
  uint8_t *back = bytes(a->inner * a->columns);
  ckernels_unpack_quads(quads, back, a->columns, a->inner, a->columns, 0);
  if (memcmp(back, a->codes, a->inner * a->columns) != 0) {
    failures++;
    printf("quads do not come back: %zu x %zu\n", a->inner, a->columns);
  }
  free(tiles);
  free(fields);
  free(quads);
  free(back);
}

/// The first column alone, by words.
static void check_column(struct arrays *a) {
  size_t words = up(a->inner, 64) / 64;
  uint64_t *signs = bytes(up(a->rows, 4) * 2 * words * 8), *planes = bytes(8 * words * 8);
  int32_t *negatives = bytes(a->rows * 4), *expected = bytes(a->rows * 4);
  memset(planes, 0, 8 * words * 8);
  for (size_t k = 0; k < a->inner; k++)
    for (int bit = 0; bit < a->bits; bit++)
      planes[(size_t)bit * words + k / 64] |=
          (uint64_t)(a->codes[k * a->columns] >> bit & 1) << (k % 64);
  ckernels_pack_signs(a->weights, signs, negatives, a->rows, a->inner);
  for (size_t row = 0; row < a->rows; row++) expected[row] = a->expected[row * a->columns];
  ckernels_ternary_column_words(signs, negatives, planes, a->bits, a->product, a->rows, a->inner);
  compare("column", a->product, expected, a->rows, 1, a->inner, a->bits, 1);
  free(signs);
  free(planes);
  free(negatives);
  free(expected);
}

static void check(size_t rows, size_t inner, size_t columns, int bits, int magnitude) {
  struct arrays a = {rows, inner, columns, bits, magnitude, bytes(rows * inner),
                     bytes(inner * columns), bytes(rows * columns * 4), bytes(rows * columns * 4)};
  for (size_t i = 0; i < rows * inner; i++)
    a.weights[i] = (int8_t)(below(2 * magnitude + 1) - magnitude);
  for (size_t i = 0; i < inner * columns; i++) a.codes[i] = (uint8_t)below(1 << bits);
  for (size_t row = 0; row < rows; row++)
    for (size_t column = 0; column < columns; column++) {
      int32_t sum = 0;
      for (size_t k = 0; k < inner; k++)
        sum += a.weights[row * inner + k] * a.codes[k * columns + column];
      a.expected[row * columns + column] = sum;
    }
  check_products(&a);
  if (magnitude == 1) check_column(&a);
  free(a.weights);
  free(a.codes);
  free(a.expected);
  free(a.product);
}

int main(void) {
  if (!(ckernels_features() & CKERNELS_NEON_DOT)) {
    printf("this processor has no dot product instructions\n");
    return 1;
  }
  static const size_t shapes[][3] = {{1, 1, 1},    {7, 1, 1},     {1, 7, 3},     {4, 64, 8},
                                     {5, 63, 9},   {16, 64, 16},  {17, 65, 17},  {33, 129, 47},
                                     {48, 320, 49}, {3, 1100, 64}, {63, 2400, 7}, {20, 4608, 49}};
  static const int widths[] = {1, 2, 3, 4, 8};
  int checks = 0;
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (size_t b = 0; b < sizeof widths / sizeof *widths; b++)
      for (int magnitude = 1; magnitude <= 127; magnitude += 126, checks++)
        check(shapes[s][0], shapes[s][1], shapes[s][2], widths[b], magnitude);
  printf("%d of %d products differ\n", failures, checks);
  return failures > 0;
}
