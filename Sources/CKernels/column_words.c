// Ternary weights times one column of codes, by 64-bit words; any machine.
#include "CKernels.h"

#if defined(__x86_64__)
#define POPCOUNT __attribute__((target("popcnt")))
#else
#define POPCOUNT
#endif

POPCOUNT void ckernels_ternary_column_words(const uint64_t *signs, const int32_t *negatives,
                                            const uint64_t *planes, int bits, int32_t *product,
                                            size_t rows, size_t inner) {
  size_t words = (inner + 63) / 64;
  int32_t largest = (1 << bits) - 1;
  for (size_t row = 0; row < rows; row++) {
    const uint64_t *nonzero = signs + 2 * row * words, *negative = nonzero + words;
    int64_t total = 0;
    for (int plane = bits; plane-- > 0;) {
      total *= 2;
      for (size_t word = 0; word < words; word++)
        total += __builtin_popcountll(
            nonzero[word] & (planes[plane * words + word] ^ negative[word]));
    }
    product[row] = (int32_t)total - largest * negatives[row];
  }
}
