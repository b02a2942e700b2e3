// The transposition of bytes that the packing of codes for lookups shares. Whoever includes it defines
// TRANSPOSE_INLINE with the attributes of its instruction set.

typedef uint8_t bytes16 __attribute__((vector_size(16)));

TRANSPOSE_INLINE bytes16 low_of(bytes16 a, bytes16 b) {
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

TRANSPOSE_INLINE bytes16 high_of(bytes16 a, bytes16 b) {
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                 31);
}

/// 16 lines of 16 bytes, 64 bytes apart, transposed to lines 64 bytes apart.
TRANSPOSE_INLINE void transpose16(const uint8_t *from, uint8_t *to) {
  bytes16 lines[16], next[16];
  for (int i = 0; i < 16; i++) memcpy(&lines[i], from + 64 * i, 16);
#pragma clang loop unroll(full)
  for (int round = 0; round < 4; round++) {
    // Interleaving lines i and i + 8 four times moves every byte to its place.
    for (int i = 0; i < 8; i++) {
      next[2 * i] = low_of(lines[i], lines[i + 8]);
      next[2 * i + 1] = high_of(lines[i], lines[i + 8]);
    }
    memcpy(lines, next, sizeof lines);
  }
  for (int i = 0; i < 16; i++) memcpy(to + 64 * i, &lines[i], 16);
}
