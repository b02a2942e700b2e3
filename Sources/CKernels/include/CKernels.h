// Integer products of low-bit matrices, one function per operation and instruction set.
//
// Every function computes exactly what its plain twin in `Kernels` (Swift) does. None allocates,
// keeps state or checks its arguments: the caller chooses the instruction set by
// `ckernels_features` and holds the preconditions. Pointers to packed operands are 64-byte aligned.
//
// The packed forms, sizes in elements, B(n, s) = n rounded up to a multiple of s:
//
//   tiles    weights, int8    [B(rows,16)/16][B(inner,64)/64][16 rows][64 inner]
//   fields   weights, 2 bits  the same order; byte i of vector v (64 bytes) of a tile has in its
//                             bits 2j, 2j+1 the weight of row 4v + j, inner i: 0, 1 or 3 (−1)
//   signs    weights, 2 bits  [B(rows,4)][2: nonzero, negative][B(inner,64)/64] words, bit = inner
//   trits    weights, base 3  [B(rows,64)/64][B(inner,4)/4][64 rows] bytes Σ d·3^(inner mod 4),
//                             where d is 0, 1, 2 for 0, 1, −1
//   couples  weights, base 3  [B(rows,4)][B(inner,2)/2] bytes 16·(d₀ + 3·d₁)
//   quads    codes, uint8     [B(columns,16)/16][B(inner,64)/64][16 quads][16 columns][4 inner]
//   planes   codes, 1–8 bits  [B(columns,8)/8][B(inner,64)/64][bits][8 columns] words, bit = inner
////   pairs    codes, 2 bits    [B(columns,64)/64][B(inner,2)/2][64 columns] bytes c₀ + 4·c₁
//
// What pads an operand is zero. `product` is [rows, columns], row-major, `stride` elements between
// rows; nothing outside of it is written.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "CKernelsDescent.h"
#include "CKernelsPixels.h"
#include "CKernelsTraining.h"

#include <stddef.h>
#include <stdint.h>

/// Instruction sets, as bits of `ckernels_features`.
enum {
  CKERNELS_AVX2 = 1,
  /// vpdpbusd on 256-bit registers, without AVX-512.
  CKERNELS_AVX_VNNI = 2,
  /// AVX-512 F, BW, DQ, VL with VNNI and GFNI.
  CKERNELS_AVX512_VNNI = 4,
  /// Popcounts of 64-bit lanes.
  CKERNELS_AVX512_VPOPCNTDQ = 8,
  /// Table lookups of bytes over whole registers.
  CKERNELS_AVX512_VBMI = 16,
  /// Tiles of int8, with the operating system's leave to use them.
  CKERNELS_AMX_INT8 = 32,
  /// The processor splits no 512-bit operation and runs popcounts on two ports (AMD).
  CKERNELS_FAST_POPCOUNT = 64,
  /// NEON with the dot product instructions.
  CKERNELS_NEON_DOT = 128,
};

/// What this processor and operating system offer.
///
/// Asks the kernel for leave to use AMX's tile registers, which lasts for the process.
uint32_t ckernels_features(void);

/// Asks the system to lay large pages under the whole ones of these bytes, where it has any.
void ckernels_advise_large_pages(void *start, size_t count);

// Products: product = weights · codes, or added to it where `accumulates` says so.

/// Ternary weights (`fields`) times codes (`quads`).
void ckernels_ternary_amx(const uint8_t *fields, const uint8_t *quads, int32_t *product,
                          size_t stride, size_t rows, size_t columns, size_t inner);
void ckernels_ternary_avx512(const uint8_t *fields, const uint8_t *quads, int32_t *product,
                             size_t stride, size_t rows, size_t columns, size_t inner);
/// The same; `steps` quads of inner cannot leave Int16: 4 · steps · largest code / 2 ≤ 32767.
void ckernels_ternary_avx2(const uint8_t *fields, const uint8_t *quads, size_t steps,
                           int32_t *product, size_t stride, size_t rows, size_t columns,
                           size_t inner);
void ckernels_ternary_avxvnni(const uint8_t *fields, const uint8_t *quads, int32_t *product,
                              size_t stride, size_t rows, size_t columns, size_t inner);

/// The same; `is_wide` says whether codes may be above 127.
void ckernels_ternary_neon(const uint8_t *fields, const uint8_t *quads, int is_wide,
                           int32_t *product, size_t stride, size_t rows, size_t columns,
                           size_t inner);

/// Ternary weights (`signs`, with the count of negative ones of each row) times codes (`planes`).
void ckernels_ternary_planes_avx512(const uint64_t *signs, const int32_t *negatives,
                                    const uint64_t *planes, int bits, int32_t *product,
                                    size_t stride, size_t rows, size_t columns, size_t inner);

/// Ternary weights (`couples`) times 2-bit codes (`pairs`).
///
/// `tables` has for each byte of weights w and each byte of codes c, at w + c, the sum of the code
/// where a weight is 1 and of 3 less it where it is −1; 9 · 16 bytes.
void ckernels_ternary_pairs_avx2(const uint8_t *couples, const int32_t *negatives,
                                 const uint8_t *tables, const uint8_t *pairs, int32_t *product,
                                 size_t stride, size_t rows, size_t columns, size_t inner);

/// Signed bytes (`tiles`) times codes (`quads`).
void ckernels_bytes_amx(const int8_t *tiles, const uint8_t *quads, int32_t *product, size_t stride,
                        size_t rows, size_t columns, size_t inner, int accumulates);
void ckernels_bytes_avx512(const int8_t *tiles, const uint8_t *quads, int32_t *product,
                           size_t stride, size_t rows, size_t columns, size_t inner,
                           int accumulates);

/// The same; `steps` as above with the largest weight as a factor, or 0 if no quad fits.
void ckernels_bytes_avx2(const int8_t *tiles, const uint8_t *quads, size_t steps, int32_t *product,
                         size_t stride, size_t rows, size_t columns, size_t inner, int accumulates);
void ckernels_bytes_avxvnni(const int8_t *tiles, const uint8_t *quads, int32_t *product,
                            size_t stride, size_t rows, size_t columns, size_t inner,
                            int accumulates);

/// The same; `is_wide` says whether codes may be above 127.
void ckernels_bytes_neon(const int8_t *tiles, const uint8_t *quads, int is_wide, int32_t *product,
                         size_t stride, size_t rows, size_t columns, size_t inner,
                         int accumulates);

// Products with one column. Its codes are `bits` planes of B(inner,64)/64 words, or bytes of four
// 2-bit codes each, the first in the lowest bits.

/// Ternary weights (`signs`; whole blocks of 4 rows are read) times a column of planes.
void ckernels_ternary_column_planes_avx512(const uint64_t *signs, const int32_t *negatives,
                                           const uint64_t *planes, int bits, int32_t *product,
                                           size_t rows, size_t inner);
void ckernels_ternary_column_words(const uint64_t *signs, const int32_t *negatives,
                                   const uint64_t *planes, int bits, int32_t *product, size_t rows,
                                   size_t inner);

/// Ternary weights (`trits`, whole blocks of 1, 4 or 8 · 64 rows) times a column of 2-bit codes.
///
/// `tables` has for each byte of four codes c and each byte of four weights w, at 128 · codes +
/// weights, the sum of c where w = 1 and of 3 − c where w = −1.
void ckernels_ternary_column_tables_avx512(const uint8_t *trits, const int32_t *negatives,
                                           const uint8_t *tables, const uint8_t *codes,
                                           int32_t *product, size_t rows, size_t inner);

// Sums over samples of 2-bit codes, by tables; see the files of these names.

/// Codes `[inputs, samples]` as bytes of three: `lanes` [B(inputs,64)/64][steps][64 inputs], and
/// `rows` [inputs][steps] with 64 times the byte; steps is a third of the samples, rounded up.
void ckernels_pack_triples_avx512(const uint8_t *codes, size_t stride, size_t inputs,
                                  size_t samples, uint8_t offset, uint8_t *lanes, uint16_t *rows);

/// product[i][j] = Σ ((xᵢ − 1)(xⱼ − 1) + 2) over 3 · steps samples, those beyond the given ones
/// with codes of zero, or added to it. `tables` has 64 tables of 64 bytes. At most 10,920 samples.
void ckernels_gram_tables_avx512(const uint8_t *lanes, const uint16_t *rows, const uint8_t *tables,
                                 size_t samples, int32_t *product, size_t stride, size_t height,
                                 size_t columns, int accumulates);

/// Codes `[inputs, samples]` as words of 16:
/// `words` [B(inputs,16)/16][B(samples,16)/16][16 inputs].
void ckernels_pack_words_avx512(const uint8_t *codes, size_t stride, size_t inputs, size_t samples,
                                uint8_t offset, uint32_t *words);

/// sums[r][i] = Σ fixed[r][s] · x[i][s] for at most 8 rows of at most 22 bits and a sign, `stride`
/// apart, zero up to B(samples,16); `sums` is [8][B(inputs,16)], exact below 2^53.
void ckernels_cross_tables_avx512(const int32_t *fixed, size_t stride, const uint32_t *words,
                                  size_t samples, double *sums, size_t rows, size_t inputs);

/// Codes `[inputs, samples]` as bytes of two: `lanes` [B(inputs,64)/64][steps][64 inputs], and `rows`
/// [inputs][steps] with 16 times the byte; steps is half of the samples, rounded up.
void ckernels_pack_twos_avx2(const uint8_t *codes, size_t stride, size_t inputs, size_t samples,
                             uint8_t *lanes, uint8_t *rows);

/// product[i][j] = Σ ((xᵢ − 1)(xⱼ − 1) + 2) over 2 · steps samples, those beyond the given ones
/// with codes of zero, or added to it. `tables` has 16 tables of 16 bytes.
void ckernels_gram_twos_avx2(const uint8_t *lanes, const uint8_t *rows, const uint8_t *tables,
                             size_t samples, int32_t *product, size_t stride, size_t height,
                             size_t columns, int accumulates);

/// The largest bits of a number without its sign; above those of infinity for NaN.
uint32_t ckernels_largest_bits(const float *values, size_t count);

/// Numbers times `first` times `second`, at most 2^22 then, rounded to nearest even; their sum.
int64_t ckernels_fix(const float *values, size_t count, float first, float second, int32_t *fixed);

/// low + 256 · middle + 65,536 · high, all of them −128 to 127.
void ckernels_split_digits(const int32_t *fixed, size_t count, int8_t *low, int8_t *middle,
                           int8_t *high);

// Packing. `codes` and `weights` are row-major bytes; `offset` is added to every code, modulo 256,
// and never to what pads. Functions that give a byte give the union of the bits of all codes.

/// Codes [inner, columns], `stride` bytes between rows, into `quads`, and back.
uint8_t ckernels_pack_quads(const uint8_t *codes, size_t stride, uint8_t *quads, size_t inner,
                            size_t columns, uint8_t offset);
uint8_t ckernels_pack_quads_avx512(const uint8_t *codes, size_t stride, uint8_t *quads,
                                   size_t inner, size_t columns, uint8_t offset);
void ckernels_unpack_quads(const uint8_t *quads, uint8_t *codes, size_t stride, size_t inner,
                           size_t columns, uint8_t offset);

/// 2-bit codes [inner, columns] into `pairs`.
uint8_t ckernels_pack_pairs(const uint8_t *codes, size_t stride, uint8_t *pairs, size_t inner,
                            size_t columns, uint8_t offset);

/// Rows of codes into `quads` whose columns are those rows: `rows` lines of `inner` codes.
void ckernels_pack_quads_of_rows(const uint8_t *codes, size_t stride, uint8_t *quads, size_t rows,
                                 size_t inner, uint8_t offset);
void ckernels_pack_quads_of_rows_avx512(const uint8_t *codes, size_t stride, uint8_t *quads,
                                        size_t rows, size_t inner, uint8_t offset);

/// Rows of bytes into `tiles`.
void ckernels_pack_tiles(const uint8_t *codes, size_t stride, int8_t *tiles, size_t rows,
                         size_t inner, uint8_t offset);

/// Codes below 2^bits into `planes`.
uint8_t ckernels_pack_planes_avx512(const uint8_t *codes, size_t stride, uint64_t *planes, int bits,
                                    size_t inner, size_t columns, uint8_t offset);

/// The sums of rows of codes, `stride` bytes apart, each combined with `flip` by exclusive or, the least and the most;
/// 255 and 0 where there is no code.
void ckernels_code_totals(const uint8_t *codes, size_t stride, size_t rows, size_t columns,
                          uint8_t flip, int64_t *sums, uint8_t range[2]);

/// The sum of each row of weights; gives the union of the bits of their magnitudes.
uint8_t ckernels_weight_sums(const int8_t *weights, int32_t *sums, size_t rows, size_t inner);

/// Ternary weights [rows, inner] into `fields`, rounded up to 4 rows.
void ckernels_pack_fields(const int8_t *weights, uint8_t *fields, size_t rows, size_t inner);

/// Ternary weights [rows, inner] into `signs`, with the count of negative ones in each row.
void ckernels_pack_signs(const int8_t *weights, uint64_t *signs, int32_t *negatives, size_t rows,
                         size_t inner);
void ckernels_pack_signs_avx512(const int8_t *weights, uint64_t *signs, int32_t *negatives,
                                size_t rows, size_t inner);

/// Ternary weights [rows, inner] into `trits`, zeroed before, with the counts of negative ones.
void ckernels_pack_trits(const int8_t *weights, uint8_t *trits, int32_t *negatives, size_t rows,
                         size_t inner);

/// Ternary weights [rows, inner] into `couples`, with the counts of negative ones.
void ckernels_pack_weight_pairs(const int8_t *weights, uint8_t *couples, int32_t *negatives,
                                size_t rows, size_t inner);

#endif
