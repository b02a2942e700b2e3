// The moves of coordinate descent on one block of 16 rows; a part of descent_body.h.

/// Below this share of the numbers it comes from, a gain may be nothing but rounding.
static const float noise = 0x1p-19f;

/// One entry's 16 rows as a move is tried.
typedef struct {
  vf target, product, code, slope, curve, quadratic_share, target_share, margin, diagonal;
  vf best, best_share, move;
} NAME(trial_);

/// The gain of a step in units of p, before it is divided by 1 + Δ/d.
INLINE vf NAME(gain_)(const NAME(trial_) * t, vf step) {
  return step * FMA(step, t->curve, 2.0f * t->slope) - ABS(step) * t->margin;
}

/// Whether any step gains anything in any row; where none does, as for nearly all entries once codes
/// have settled, no share needs to be known.
INLINE int NAME(may_move_)(const NAME(trial_) * t, const tsq_descent_inputs *in) {
  vi gains;
  if (in->level_count > 0) {
    gains = NAME(gain_)(t, in->levels[0] - t->code) > 0.0f;
    for (int64_t k = 1; k < in->level_count; k++)
      gains |= NAME(gain_)(t, in->levels[k] - t->code) > 0.0f;
  } else {
    gains = NAME(gain_)(t, SPLAT(1.0f)) > 0.0f;
    gains |= NAME(gain_)(t, SPLAT(-1.0f)) > 0.0f;
  }
  return __builtin_reduce_or(gains) != 0;
}

INLINE void NAME(consider_)(NAME(trial_) * t, const vf *tried, const vi *allowed) {
  vf step = *tried;
  vf gain = NAME(gain_)(t, step);
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

/// Finds the moves of one block of one panel, whose products `local` are kept up to date; writes the
/// entries that moved and returns their number. `couplings` is the block's own part of H.
INLINE int32_t NAME(block_)(const tsq_descent_inputs *in, int64_t block, const float *couplings,
                            float *codes, float *local, const float *targets,
                            NAME(score_) * score, const float *scales, vi *changes, float *moves,
                            int32_t *list) {
  int64_t first = block * BLOCK;
  int64_t count = in->inputs - first < BLOCK ? in->inputs - first : BLOCK;
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
    if (!NAME(may_move_)(&t, in)) continue;
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
      float coupling = couplings[j * BLOCK + k];
      STORE(local + k * LANES, FMA(SPLAT(coupling), t.move, LOAD(local + k * LANES)));
    }
  }
  return moved;
}

