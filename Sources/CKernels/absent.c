// What another architecture has.
//
// `ckernels_features` does not offer it here, so it is never called; it is here so that callers
// need not know for which architecture they are compiled.
#include "CKernels.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#if !defined(__aarch64__)

void ckernels_ternary_neon(const uint8_t *, const uint8_t *, int, int32_t *, size_t, size_t,
                           size_t, size_t) {
  __builtin_trap();
}

void ckernels_bytes_neon(const int8_t *, const uint8_t *, int, int32_t *, size_t, size_t,
                         size_t, size_t, int) {
  __builtin_trap();
}

#endif

#if !defined(__x86_64__)

void ckernels_ternary_amx(const uint8_t *, const uint8_t *, int32_t *, size_t, size_t, size_t,
                          size_t) {
  __builtin_trap();
}

void ckernels_ternary_avx512(const uint8_t *, const uint8_t *, int32_t *, size_t, size_t,
                             size_t, size_t) {
  __builtin_trap();
}

void ckernels_ternary_avx2(const uint8_t *, const uint8_t *, size_t, int32_t *, size_t, size_t,
                           size_t, size_t) {
  __builtin_trap();
}

void ckernels_ternary_avxvnni(const uint8_t *, const uint8_t *, int32_t *, size_t, size_t,
                              size_t, size_t) {
  __builtin_trap();
}

void ckernels_ternary_planes_avx512(const uint64_t *, const int32_t *, const uint64_t *, int,
                                    int32_t *, size_t, size_t, size_t, size_t) {
  __builtin_trap();
}

void ckernels_ternary_pairs_avx2(const uint8_t *, const int32_t *, const uint8_t *, const
                                 uint8_t *, int32_t *, size_t, size_t, size_t, size_t) {
  __builtin_trap();
}

void ckernels_bytes_amx(const int8_t *, const uint8_t *, int32_t *, size_t, size_t, size_t,
                        size_t, int) {
  __builtin_trap();
}

void ckernels_bytes_avx512(const int8_t *, const uint8_t *, int32_t *, size_t, size_t, size_t,
                           size_t, int) {
  __builtin_trap();
}

void ckernels_bytes_avx2(const int8_t *, const uint8_t *, size_t, int32_t *, size_t, size_t,
                         size_t, size_t, int) {
  __builtin_trap();
}

void ckernels_bytes_avxvnni(const int8_t *, const uint8_t *, int32_t *, size_t, size_t, size_t,
                            size_t, int) {
  __builtin_trap();
}

void ckernels_ternary_column_planes_avx512(const uint64_t *, const int32_t *, const uint64_t *,
                                           int, int32_t *, size_t, size_t) {
  __builtin_trap();
}

void ckernels_ternary_column_tables_avx512(const uint8_t *, const int32_t *, const uint8_t *,
                                           const uint8_t *, int32_t *, size_t, size_t) {
  __builtin_trap();
}

uint8_t ckernels_pack_quads_avx512(const uint8_t *, size_t, uint8_t *, size_t, size_t, uint8_t)
                                   {
  __builtin_trap();
}

void ckernels_pack_quads_of_rows_avx512(const uint8_t *, size_t, uint8_t *, size_t, size_t,
                                        uint8_t) {
  __builtin_trap();
}

uint8_t ckernels_pack_planes_avx512(const uint8_t *, size_t, uint64_t *, int, size_t, size_t,
                                    uint8_t) {
  __builtin_trap();
}

void ckernels_pack_signs_avx512(const int8_t *, uint64_t *, int32_t *, size_t, size_t) {
  __builtin_trap();
}

void ckernels_pack_triples_avx512(const uint8_t *, size_t, size_t, size_t, uint8_t, uint8_t *,
                                  uint16_t *) {
  __builtin_trap();
}

void ckernels_gram_tables_avx512(const uint8_t *, const uint16_t *, const uint8_t *, size_t,
                                 int32_t *, size_t, size_t, size_t, int) {
  __builtin_trap();
}

void ckernels_pack_twos_avx2(const uint8_t *, size_t, size_t, size_t, uint8_t *, uint8_t *) {
  __builtin_trap();
}

void ckernels_gram_twos_avx2(const uint8_t *, const uint8_t *, const uint8_t *, size_t, int32_t *,
                             size_t, size_t, size_t, int) {
  __builtin_trap();
}

void ckernels_pack_words_avx512(const uint8_t *, size_t, size_t, size_t, uint8_t, uint32_t *) {
  __builtin_trap();
}

void ckernels_cross_tables_avx512(const int32_t *, size_t, const uint32_t *, size_t, double *,
                                  size_t, size_t) {
  __builtin_trap();
}

#endif
