// Coordinate descent on the codes of 16 rows at a time, one row per lane (see descent_body.h).
//
// Every lane runs the same IEEE operations in the same order whatever the instruction set and
// whatever the other lanes hold, so a row's bits depend on nothing but the row.

#ifndef CKERNELS_DESCENT_H
#define CKERNELS_DESCENT_H

#include <stdint.h>

enum { TSQ_DESCENT_LANES = 16, TSQ_DESCENT_BLOCK = 64 };

/// What all rows share. `padded` is `inputs` rounded up to whole blocks.
typedef struct {
  int64_t inputs;
  int64_t padded;
  /// H, `[padded / 64, padded, 64]`: of block b, row j holds H[i][j] for the 64 inputs i of b.
  const float *gram;
  /// The diagonal of H, `[padded]`.
  const float *diagonal;
  /// The levels an entry may take, or none: then entries move by ±1 within ±limit.
  const float *levels;
  int64_t level_count;
  float limit;
} tsq_descent_inputs;

/// Panels of 16 rows. Per panel `[padded, 16]`: codes q and targets b. Products c = H q of all panels:
/// `[padded / 64, rows, 64]`.
typedef struct {
  /// 16 per panel.
  int64_t rows;
  float *codes;
  float *products;
  const float *targets;
  /// b·q and q·H·q per row, `[panels, 16]`; written at the start of a sweep and kept up to date.
  double *score_product;
  double *score_quadratic;
  /// Entries that the last sweep changed, per row, `[panels, 16]`.
  int32_t *changes;
  /// Which panels take part.
  const int32_t *active;
  int64_t active_count;
  /// Scratch: the moves of a row and which entries they are of, `[active_count, 16, padded]`; how many
  /// came before each block and in all, `[padded / 64 + 1, active_count, 16]`; the entries of each
  /// block that moved in any row, as bits, `[padded / 64]`.
  float *moves;
  int32_t *list;
  int32_t *counts;
  uint64_t *moved;
  /// A scale per row, `[panels, 16]`, that is to stay as it is; NULL eliminates the scale.
  const float *scales;
} tsq_descent_panels;

/// Inputs given by samples: X̃ centred, twice. Sizes in floats; `samples` is a multiple of 16.
typedef struct {
  int64_t inputs;
  int64_t padded;
  int64_t samples;
  /// X̃ by samples, `[samples, input_stride]`, and by inputs, `[padded, sample_stride]`.
  const float *by_sample;
  int64_t input_stride;
  const float *by_input;
  int64_t sample_stride;
  /// Covariance of each block of 64 inputs with the ridge, `[padded / 64, 64, 64]`.
  const float *blocks;
  const float *diagonal;
  float ridge;
  const float *levels;
  int64_t level_count;
  float limit;
} tsq_sampled_inputs;

/// Panels of 16 rows over samples. Per panel: codes and targets `[padded, 16]`, outputs
/// v = X̃ᵀ q `[samples, 16]`.
typedef struct {
  int64_t panels;
  float *codes;
  const float *targets;
  float *outputs;
  double *score_product;
  double *score_quadratic;
  int32_t *changes;
  /// 0, 1, … samples − 1.
  const int32_t *all_samples;
} tsq_sampled_panels;

#define TSQ_DESCENT_DECLARE(isa)                                                               \
  /* One pass over all entries of the active panels. */                                        \
  void tsq_descent_sweep_##isa(const tsq_descent_inputs *, const tsq_descent_panels *);        \
  /* products = H codes, afresh. */                                                            \
  void tsq_descent_multiply_##isa(const tsq_descent_inputs *, const tsq_descent_panels *);     \
  /* b·q and q·H·q from codes and products. */                                                 \
  void tsq_descent_score_##isa(const tsq_descent_inputs *, const tsq_descent_panels *);        \
  /* Moves entry `entry` of one panel by 16 steps. */                                          \
  void tsq_descent_move_##isa(const tsq_descent_inputs *, const tsq_descent_panels *,          \
                              int32_t panel, int64_t entry, const float *steps);               \
  /* Lanes with a set mask are copied to `best_*`, the others back from there. */              \
  void tsq_descent_exchange_##isa(const tsq_descent_inputs *, const tsq_descent_panels *,      \
                                  int32_t panel, const int32_t *masks, float *best_codes,      \
                                  float *best_products);                                       \
  /* The same on samples. */                                                                   \
  void tsq_sampled_sweep_##isa(const tsq_sampled_inputs *, const tsq_sampled_panels *);        \
  void tsq_sampled_multiply_##isa(const tsq_sampled_inputs *, const tsq_sampled_panels *);     \
  void tsq_sampled_score_##isa(const tsq_sampled_inputs *, const tsq_sampled_panels *);        \
  /* q·H·q of 16 rows in double precision: H `[inputs, inputs]`, codes `[inputs, 16]`. */      \
  void tsq_quadratic_##isa(const double *gram, int64_t inputs, const double *codes,            \
                           double *result);

#if defined(__x86_64__)
TSQ_DESCENT_DECLARE(avx512)
TSQ_DESCENT_DECLARE(avx2)
#endif
TSQ_DESCENT_DECLARE(plain)

/// The instruction sets of this machine: 2 has AVX-512, 1 AVX2 and FMA, 0 neither.
int32_t tsq_descent_machine(void);

#endif
