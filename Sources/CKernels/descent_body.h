// The body of coordinate descent, compiled once per instruction set.
//
// Rows lie in lanes. For a block of 64 entries j the moves of each lane are found one entry after
// the other, on a copy of the block's products that is kept up to date inside the block; then all
// products take the whole block's moves at once:
//
//   for block in inputs / 64:
//     for panel:             moves of the block             64 entries in sequence
//     for tile of 16 inputs i:
//       for panel:           c[i] += Σ_j H[i][j] · move[j]   only over entries j that moved
//
// The last loop is nearly all of the work while many entries change, and shrinks by itself as
// changes die out. With p = b·q, d = q·H·q and α = p/d, moving entry j by δ raises p²/d by
//
//   p δ (2 (b − α c) + δ (b²/p − α H)) / (1 + Δ/d)        Δ = δ (2 c + δ H)
//
// or, under a scale α that is to stay, lowers the squared error by α δ (2 (b − α c) − δ α H).
//
// The includer defines ISA (a suffix), TARGET (a function attribute) and TILE_ROWS (accumulators).

#include <string.h>

#include "CKernelsDescent.h"

#pragma clang fp contract(off)

#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define NAME(name) JOIN(name, ISA)
#define INLINE static inline __attribute__((always_inline)) TARGET

enum { LANES = TSQ_DESCENT_LANES, BLOCK = TSQ_DESCENT_BLOCK, TILE = 16, SPAN = 64 };

typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef double vd __attribute__((vector_size(128)));
typedef float vf_loose __attribute__((vector_size(64), aligned(4)));
typedef int32_t vi_loose __attribute__((vector_size(64), aligned(4)));
typedef double vd_loose __attribute__((vector_size(128), aligned(8)));

#define LOAD(pointer) (*(const vf_loose *)(pointer))
#define STORE(pointer, value) (*(vf_loose *)(pointer) = (value))
#define FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#define SELECT(mask, a, b) ((vf)(((mask) & (vi)(a)) | (~(mask) & (vi)(b))))
#define SPLAT(x) ((vf){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x})
#define ABS(x) ((vf)((vi)(x) & 0x7fffffff))

/// Below this share of the numbers it comes from, a gain may be nothing but rounding.
static const float noise = 0x1p-19f;

/// One entry's 16 rows as a move is tried.
typedef struct {
  vf target, product, code, slope, curve, quadratic_share, target_share, margin, diagonal;
  vf best, best_share, move;
} NAME(trial_);

INLINE void NAME(consider_)(NAME(trial_) * t, const vf *tried, const vi *allowed) {
  vf step = *tried;
  // The gain in units of p, and 1 + Δ/d, by which it is divided.
  vf gain = step * FMA(step, t->curve, 2.0f * t->slope) - ABS(step) * t->margin;
  vf delta = step * FMA(step, t->diagonal, 2.0f * t->product);
  vf share = FMA(delta, t->quadratic_share, SPLAT(1.0f));
  vf reach = FMA(step, t->target_share, SPLAT(1.0f));
  vi better = (gain * t->best_share > t->best * share) & (share > 0.0f) & (reach > 0.0f) & *allowed;
  t->best = SELECT(better, gain, t->best);
  t->best_share = SELECT(better, share, t->best_share);
  t->move = SELECT(better, step, t->move);
}

/// p and d of a panel's rows with what the trials need of them.
typedef struct {
  vd product, quadratic;
  vf scale, target_unit, quadratic_unit;
  vi live;
} NAME(score_);

INLINE void NAME(prepare_)(NAME(score_) * s, const float *scales) {
  vf product = __builtin_convertvector(s->product, vf);
  vf quadratic = __builtin_convertvector(s->quadratic, vf);
  vf one = SPLAT(1.0f);
  vf zero = SPLAT(0.0f);
  if (scales) {
    s->scale = LOAD(scales);
    s->live = s->scale > 0.0f;
    s->target_unit = zero;
    s->quadratic_unit = zero;
    return;
  }
  // Rows without a positive fit wait for the caller; their lanes stay as they are.
  s->live = (product > 0.0f) & (quadratic > 0.0f);
  s->scale = SELECT(s->live, __builtin_convertvector(s->product / s->quadratic, vf), zero);
  s->target_unit = SELECT(s->live, one / product, zero);
  s->quadratic_unit = SELECT(s->live, one / quadratic, zero);
}

INLINE void NAME(sum_)(NAME(score_) * s, const float *codes, const float *products,
                       const float *targets, int64_t inputs) {
  vd product = {}, quadratic = {};
  for (int64_t i = 0; i < inputs; i++) {
    vd code = __builtin_convertvector(LOAD(codes + i * LANES), vd);
    product += code * __builtin_convertvector(LOAD(targets + i * LANES), vd);
    quadratic += code * __builtin_convertvector(LOAD(products + i * LANES), vd);
  }
  s->product = product;
  s->quadratic = quadratic;
}

/// Finds the moves of one block of one panel; writes the entries that moved and returns their
/// number.
INLINE int32_t NAME(block_)(const tsq_descent_inputs *in, int64_t block, const float *rows,
                            float *codes, const float *products, const float *targets,
                            NAME(score_) * score, const float *scales, vi *changes, float *moves,
                            int32_t *list) {
  int64_t first = block * BLOCK;
  int64_t count = in->inputs - first < BLOCK ? in->inputs - first : BLOCK;
  float local[BLOCK * LANES] __attribute__((aligned(64)));
  memcpy(local, products + first * LANES, sizeof local);
  int32_t moved = 0;
  const vf infinite = SPLAT(__builtin_inff());
  for (int64_t j = 0; j < count; j++) {
    NAME(trial_) t;
    float diagonal = in->diagonal[first + j];
    t.code = LOAD(codes + (first + j) * LANES);
    t.target = LOAD(targets + (first + j) * LANES);
    t.product = LOAD(local + j * LANES);
    t.diagonal = SPLAT(diagonal);
    vf fitted = score->scale * t.product;
    t.slope = t.target - fitted;
    t.target_share = t.target * score->target_unit;
    t.quadratic_share = score->quadratic_unit;
    t.curve = t.target * t.target_share - score->scale * diagonal;
    t.margin = SELECT(score->live, noise * (ABS(t.target) + ABS(fitted)), infinite);
    t.best = SPLAT(0.0f);
    t.best_share = SPLAT(1.0f);
    t.move = SPLAT(0.0f);
    if (in->level_count > 0) {
      for (int64_t k = 0; k < in->level_count; k++) {
        vf step = in->levels[k] - t.code;
        vi allowed = step != 0.0f;
        NAME(consider_)(&t, &step, &allowed);
      }
    } else {
      vf up = SPLAT(1.0f), down = SPLAT(-1.0f);
      vi below = t.code < in->limit, above = t.code > -in->limit;
      NAME(consider_)(&t, &up, &below);
      NAME(consider_)(&t, &down, &above);
    }
    vi changed = t.move != 0.0f;
    if (__builtin_reduce_or(changed) == 0) continue;
    *changes -= changed;
    STORE(codes + (first + j) * LANES, t.code + t.move);
    vd move = __builtin_convertvector(t.move, vd);
    score->product += move * __builtin_convertvector(t.target, vd);
    vd twice = 2.0 * __builtin_convertvector(t.product, vd);
    score->quadratic += move * (twice + move * (double)diagonal);
    NAME(prepare_)(score, scales);
    STORE(moves + moved * LANES, t.move);
    list[moved++] = (int32_t)j;
    for (int64_t k = j + 1; k < count; k++) {
      float coupling = rows[j * in->stride + first + k];
      STORE(local + k * LANES, FMA(SPLAT(coupling), t.move, LOAD(local + k * LANES)));
    }
  }
  return moved;
}

/// c[i] += Σ_j H[i][j] · move[j] for 16 inputs i of one panel, over `count` listed entries j.
INLINE void NAME(update_)(const float *rows, int64_t stride, const int32_t *list, int32_t count,
                          const float *moves, float *products) {
  for (int part = 0; part < TILE; part += TILE_ROWS) {
    vf sums[TILE_ROWS];
#pragma clang loop unroll(full)
    for (int i = 0; i < TILE_ROWS; i++) sums[i] = LOAD(products + (part + i) * LANES);
    for (int32_t n = 0; n < count; n++) {
      vf move = LOAD(moves + n * LANES);
      const float *column = rows + list[n] * stride + part;
      // Up to 64 streams are more than the processor follows by itself.
      if (part == 0) __builtin_prefetch(column + SPAN);
#pragma clang loop unroll(full)
      for (int i = 0; i < TILE_ROWS; i++) sums[i] = FMA(SPLAT(column[i]), move, sums[i]);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < TILE_ROWS; i++) STORE(products + (part + i) * LANES, sums[i]);
  }
}

/// Brings all products of the active panels up to date with a block's moves.
INLINE void NAME(spread_)(const tsq_descent_inputs *in, const tsq_descent_panels *p,
                          const float *rows) {
  int64_t size = in->padded * LANES;
  for (int64_t span = 0; span < in->padded; span += SPAN) {
    for (int64_t a = 0; a < p->active_count; a++) {
      const int32_t *list = p->list + a * (BLOCK + 1);
      if (list[BLOCK] == 0) continue;
      for (int64_t i = span; i < span + SPAN; i += TILE)
        NAME(update_)(rows + i, in->stride, list, list[BLOCK], p->moves + a * BLOCK * LANES,
                      p->products + p->active[a] * size + i * LANES);
    }
  }
}

TARGET void NAME(tsq_descent_score_)(const tsq_descent_inputs *in, const tsq_descent_panels *p) {
  int64_t size = in->padded * LANES;
  for (int64_t a = 0; a < p->active_count; a++) {
    int64_t panel = p->active[a];
    NAME(score_) score;
    NAME(sum_)(&score, p->codes + panel * size, p->products + panel * size,
               p->targets + panel * size, in->inputs);
    *(vd_loose *)(p->score_product + panel * LANES) = score.product;
    *(vd_loose *)(p->score_quadratic + panel * LANES) = score.quadratic;
  }
}

TARGET void NAME(tsq_descent_sweep_)(const tsq_descent_inputs *in, const tsq_descent_panels *p) {
  int64_t size = in->padded * LANES;
  // From codes and products alone, so that a sweep that changes nothing can be repeated.
  NAME(tsq_descent_score_)(in, p);
  for (int64_t a = 0; a < p->active_count; a++)
    *(vi_loose *)(p->changes + p->active[a] * LANES) = (vi){};
  for (int64_t block = 0; block < in->padded / BLOCK; block++) {
    const float *rows = in->gram + block * BLOCK * in->stride;
    int32_t moved = 0;
    for (int64_t a = 0; a < p->active_count; a++) {
      int64_t panel = p->active[a];
      NAME(score_) score;
      score.product = *(const vd_loose *)(p->score_product + panel * LANES);
      score.quadratic = *(const vd_loose *)(p->score_quadratic + panel * LANES);
      const float *scales = p->scales ? p->scales + panel * LANES : 0;
      NAME(prepare_)(&score, scales);
      vi changes = *(const vi_loose *)(p->changes + panel * LANES);
      int32_t *list = p->list + a * (BLOCK + 1);
      list[BLOCK] = NAME(block_)(in, block, rows, p->codes + panel * size,
                                 p->products + panel * size, p->targets + panel * size, &score,
                                 scales, &changes, p->moves + a * BLOCK * LANES, list);
      moved += list[BLOCK];
      *(vd_loose *)(p->score_product + panel * LANES) = score.product;
      *(vd_loose *)(p->score_quadratic + panel * LANES) = score.quadratic;
      *(vi_loose *)(p->changes + panel * LANES) = changes;
    }
    if (moved > 0) NAME(spread_)(in, p, rows);
  }
}

TARGET void NAME(tsq_descent_multiply_)(const tsq_descent_inputs *in,
                                        const tsq_descent_panels *p) {
  int64_t size = in->padded * LANES;
  for (int64_t a = 0; a < p->active_count; a++)
    memset(p->products + p->active[a] * size, 0, (size_t)size * sizeof(float));
  for (int64_t block = 0; block < in->padded / BLOCK; block++) {
    for (int64_t a = 0; a < p->active_count; a++) {
      const float *codes = p->codes + p->active[a] * size + block * BLOCK * LANES;
      int32_t *list = p->list + a * (BLOCK + 1);
      int32_t count = 0;
      for (int32_t j = 0; j < BLOCK; j++) {
        vf code = LOAD(codes + j * LANES);
        if (__builtin_reduce_or((vi)(code != 0.0f)) == 0) continue;
        STORE(p->moves + (a * BLOCK + count) * LANES, code);
        list[count++] = j;
      }
      list[BLOCK] = count;
    }
    NAME(spread_)(in, p, in->gram + block * BLOCK * in->stride);
  }
}

TARGET void NAME(tsq_descent_move_)(const tsq_descent_inputs *in, const tsq_descent_panels *p,
                                    int32_t panel, int64_t entry, const float *steps) {
  int64_t size = in->padded * LANES;
  float *code = p->codes + panel * size + entry * LANES;
  STORE(code, LOAD(code) + LOAD(steps));
  const int32_t list = 0;
  for (int64_t i = 0; i < in->padded / TILE; i++)
    NAME(update_)(in->gram + entry * in->stride + i * TILE, in->stride, &list, 1, steps,
                  p->products + panel * size + i * TILE * LANES);
}

TARGET void NAME(tsq_descent_exchange_)(const tsq_descent_inputs *in, const tsq_descent_panels *p,
                                        int32_t panel, const int32_t *masks, float *best_codes,
                                        float *best_products) {
  vi mask = *(const vi_loose *)masks != 0;
  int64_t size = in->padded * LANES;
  float *codes = p->codes + panel * size;
  float *products = p->products + panel * size;
  for (int64_t i = 0; i < size; i += LANES) {
    vf code = SELECT(mask, LOAD(codes + i), LOAD(best_codes + i));
    vf product = SELECT(mask, LOAD(products + i), LOAD(best_products + i));
    STORE(codes + i, code);
    STORE(best_codes + i, code);
    STORE(products + i, product);
    STORE(best_products + i, product);
  }
}

/// d = q·H·q of 16 rows in double precision, from the lower triangle of H, `[inputs, inputs]`, and
/// the codes, `[inputs, 16]`.
TARGET void NAME(tsq_quadratic_)(const double *gram, int64_t inputs, const double *codes,
                                 double *result) {
  vd total = {};
  for (int64_t first = 0; first < inputs; first += 4) {
    int64_t count = inputs - first < 4 ? inputs - first : 4;
    vd sums[4] = {};
    if (count == 4) {
      for (int64_t k = 0; k < first; k++) {
        vd code = *(const vd_loose *)(codes + k * LANES);
#pragma clang loop unroll(full)
        for (int j = 0; j < 4; j++) {
          double h = gram[(first + j) * inputs + k];
          vd factor = {h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h};
          sums[j] = FMA(factor, code, sums[j]);
        }
      }
    }
    for (int64_t j = 0; j < count; j++) {
      const double *row = gram + (first + j) * inputs;
      vd sum = sums[j];
      for (int64_t k = count == 4 ? first : 0; k < first + j; k++) {
        double h = row[k];
        vd factor = {h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h};
        sum = FMA(factor, *(const vd_loose *)(codes + k * LANES), sum);
      }
      vd code = *(const vd_loose *)(codes + (first + j) * LANES);
      total += code * (2.0 * sum + row[first + j] * code);
    }
  }
  *(vd_loose *)result = total;
}
