// Ternary fields into bytes, by one affine map over bits per 64 weights.
#ifndef CKERNELS_EXPAND_AVX512_H
#define CKERNELS_EXPAND_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

/// Expands `count` tiles of 1024 weights.
///
/// Bit 0 of a weight's byte is the lower bit of its field; bits 1–7, the sign, the upper bit. Byte
/// 7 − i of a matrix says which bits of the source add up to bit i.
__attribute__((target("avx512f,avx512bw,gfni"))) static inline void expand_fields(
    const uint8_t *fields, int8_t *tiles, size_t count) {
  const __m512i map0 = _mm512_set1_epi64(0x0102020202020202);
  const __m512i map1 = _mm512_set1_epi64(0x0408080808080808);
  const __m512i map2 = _mm512_set1_epi64(0x1020202020202020);
  const __m512i map3 = _mm512_set1_epi64(0x4080808080808080);
  for (size_t vector = 0; vector < 4 * count; vector++) {
    __m512i packed = _mm512_load_si512(fields + 64 * vector);
    int8_t *out = tiles + 256 * vector;
    _mm512_store_si512(out, _mm512_gf2p8affine_epi64_epi8(packed, map0, 0));
    _mm512_store_si512(out + 64, _mm512_gf2p8affine_epi64_epi8(packed, map1, 0));
    _mm512_store_si512(out + 128, _mm512_gf2p8affine_epi64_epi8(packed, map2, 0));
    _mm512_store_si512(out + 192, _mm512_gf2p8affine_epi64_epi8(packed, map3, 0));
  }
}

#endif
